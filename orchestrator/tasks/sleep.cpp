#include "orchestrator/tasks/sleep.hpp"

#include <boost/asio/post.hpp>

#include "orchestrator/tasks/use_task.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

awaitable<void> sleep_until(TimePoint when) {
  Task& task = task_of(co_await asio::this_coro::executor);
  WaitQueue due;
  const Alarm alarm = task.clock().call_at(when, [&due] { due.wake_all(); });
  co_await due.wait("sleep");
}

// Not by way of sleep_until: a frame less in every task that sleeps.
awaitable<void> sleep_for(Duration duration) {
  Task& task = task_of(co_await asio::this_coro::executor);
  WaitQueue due;
  const Alarm alarm = task.clock().call_at(task.clock().now() + duration, [&due] { due.wake_all(); });
  co_await due.wait("sleep");
}

awaitable<void> sleep_forever() {
  WaitQueue never;
  for (;;) co_await never.wait("sleep for ever");
}

awaitable<void> yield_now() {
  Task& task = task_of(co_await asio::this_coro::executor);
  co_await asio::post(use_task_tuple);
  task.throw_if_cancelled();
}

}  // namespace orchestrator
