#pragma once
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "orchestrator/tasks/task.hpp"

namespace orchestrator::detail {

/// The first thing that the coroutine of a task awaits.
///
/// Cancellation is a state of our scopes; Asio only has to end the operation that is under way. Its own
/// latch stays unused: it would throw a std::exception, and forgets what comes twice. And never does a
/// task run inside the call that spawned it, nor without a suspension: Asio 1.26 lets an exception
/// escape from io_context::run when a cancelled coroutine ends before its first one.
inline awaitable<void> begin_task() {
  co_await asio::this_coro::throw_if_cancelled(false);
  co_await asio::post(asio::use_awaitable);
}

/// What Asio calls when a task's coroutine has ended, and where it looks for the task's cancellation.
///
/// No bind_cancellation_slot: with that, Asio posts a cancellation that comes from outside of a handler, and one that
/// arrives late would hit what the task does by then, in a shield perhaps.
template <class Ended>
struct EndedHandler {
  using cancellation_slot_type = asio::cancellation_slot;
  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return slot; }
  void operator()(std::exception_ptr error) { ended(std::move(error)); }

  asio::cancellation_slot slot;
  Ended ended;
};

/// Starts `body` as the coroutine of `task`; `ended(exception_ptr)` is called on the loop when it is over.
/// The task must outlive that call by one turn of the loop. For task groups and the first task only.
template <class Ended>
void spawn_coroutine(Task& task, awaitable<void> body, Ended ended) {
  asio::co_spawn(asio::any_io_executor(task.executor()), std::move(body),
                 EndedHandler<Ended>{task.slot(), std::move(ended)});
}

}  // namespace orchestrator::detail
