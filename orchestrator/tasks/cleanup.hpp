#pragma once
#include <exception>
#include <stdexcept>
#include <string>

#include "orchestrator/tasks/group_error.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

/// A cleanup did not end within its limit and was cancelled.
struct CleanupLimitReached : std::runtime_error {
  /// \param reason of the deadline
  explicit CleanupLimitReached(const CancelReason& reason);
};

namespace detail {

/// Leaves with what the work and its cleanup threw: one error as it is, two as a TaskGroupError, an error
/// of the cleanup rather than `Cancelled` (which stays pending in its scope).
void leave_cleanup(const Task& task, std::exception_ptr body, std::exception_ptr cleanup);

}  // namespace detail

/// Runs `body`, then `cleanup`, however the body ended; both are `awaitable<void>()`.
///
/// The cleanup is shielded from cancellation and never takes longer than `limit`; level `kill` cuts what is
/// left of that to `kKillLimit`, but never skips it. Enter it before the work that it cleans up after: a
/// coroutine first awaited after a cancellation does not get anywhere.
///
/// \throws what the body threw; when the cleanup threw too, or ran into its limit (CleanupLimitReached), a
/// TaskGroupError with both.
template <class Body, class Cleanup>
[[nodiscard]] awaitable<void> with_cleanup(Duration limit, Body body, Cleanup cleanup) {
  Task& task = task_of(co_await asio::this_coro::executor);
  std::exception_ptr body_error;
  std::exception_ptr cleanup_error;
  try {
    co_await body();
  } catch (...) {
    body_error = std::current_exception();
  }
  ScopeOptions options;
  options.limit = limit;
  options.shield = Shield::Full;
  CancelScope shield(options);
  try {
    const ScopeEnd end = co_await with_cancel_scope(shield, std::move(cleanup));
    if (end == ScopeEnd::Cancelled) throw CleanupLimitReached(*shield.reason());
  } catch (...) {
    cleanup_error = std::current_exception();
  }
  detail::leave_cleanup(task, std::move(body_error), std::move(cleanup_error));
}

}  // namespace orchestrator
