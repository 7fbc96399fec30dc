#include "orchestrator/tasks/task_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

class TaskTreeTest : public TaskTest {
 protected:
  [[nodiscard]] std::string tree() { return "\n" + task_tree(loop_.loop()); }
};

TEST_F(TaskTreeTest, ShowsWhatEachTaskWaitsForAndHolds) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& items) -> awaitable<void> {
      items.spawn("srv", [&]() -> awaitable<void> {
        const LimiterSlot slot = co_await limiter.acquire();
        const TaskHandle process(co_await current_task(), "pid 4711, group 4711");
        const TaskHandle channel(co_await current_task(), "channel 3 on 'nas'");
        co_await sleep_for(5min);
      });
      items.spawn("home", [&]() -> awaitable<void> { const LimiterSlot slot = co_await limiter.acquire(); });
      co_await sleep_for(200s);
      EXPECT_EQ(tree(), R"(
main  3 min 20 s
  srv  3 min 20 s  waits for sleep  [pid 4711, group 4711]  [channel 3 on 'nas']
  home  3 min 20 s  waits for a place in a limiter
)");
    });
  });
}

TEST_F(TaskTreeTest, ShowsWhoIsCancelledAndWhoIsShielded) {
  std::string seen;
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("cleaning", [] {
        return with_cleanup(1s, [] { return sleep_forever(); }, [] { return sleep_for(10ms); });
      });
      group.spawn("stubborn", [&]() -> awaitable<void> {
        WaitQueue queue;
        Task& task = co_await current_task();
        const Alarm alarm = task.clock().call_at(task.clock().now() + 10ms, [&] { queue.wake_all(); });
        co_await queue.wait_always("something stubborn");
      });
      co_await yield_now();
      group.cancel(CancelReason{CancelCause::Signal, "SIGINT"});
      (void)co_await with_shield(1s, [] { return sleep_for(5ms); });
      seen = tree();
    });
  });
  EXPECT_EQ(seen, R"(
main  5 ms  cancelled (stop, signal: SIGINT)
  cleaning  5 ms  waits for sleep  shielded (stop, signal: SIGINT)
  stubborn  5 ms  waits for something stubborn  cancelled (stop, signal: SIGINT)
)");
}

TEST_F(TaskTreeTest, ShowsTheTasksOfGroupsInsideTasks) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& outer) -> awaitable<void> {
      outer.spawn("run", [&] {
        return with_task_group([&](TaskGroup& inner) -> awaitable<void> {
          inner.spawn("item", [&]() -> awaitable<void> {
            const Task& task = co_await current_task();
            note(task.path());
            note(tree());
          });
          co_return;
        });
      });
      co_return;
    });
  });
  EXPECT_THAT(events_, ::testing::ElementsAre("main/run/item", R"(
main  0 s  waits for tasks of its group
  run  0 s  waits for tasks of its group
    item  0 s
)"));
}

TEST_F(TaskTreeTest, IsEmptyWhenNothingRuns) {
  EXPECT_EQ(task_tree(loop_.loop()), "");
  run([]() -> awaitable<void> { co_return; });
  EXPECT_EQ(task_tree(loop_.loop()), "");
}

}  // namespace
}  // namespace orchestrator::test
