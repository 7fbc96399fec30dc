#pragma once
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>

#include "orchestrator/tasks/task.hpp"

namespace orchestrator::detail {

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
/// The task must outlive the handler that calls it. For task groups and the first task only.
template <class Ended>
void spawn_coroutine(Task& task, awaitable<void> body, Ended ended) {
  asio::co_spawn(asio::any_io_executor(task.executor()), std::move(body),
                 EndedHandler<Ended>{task.slot(), std::move(ended)});
}

}  // namespace orchestrator::detail
