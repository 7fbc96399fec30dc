#include "orchestrator/tasks/wait_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class WaitQueueTest : public TaskTest {
 protected:
  /// Waits in the queue and notes what came of it.
  [[nodiscard]] awaitable<void> waiter(std::string name) {
    const auto thrown = co_await thrown_by([&] { return queue_.wait("test"); });
    note(name + (thrown ? " " + in_words(thrown) : " woken"));
  }

  WaitQueue queue_;
};

TEST_F(WaitQueueTest, WakesThoseFirstWhoCameFirst) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      for (const std::string name : {"a", "b", "c"}) group.spawn(name, [this, name] { return waiter(name); });
      co_await yield_now();
      EXPECT_TRUE(queue_.wake_one());
      co_await yield_now();
      note("the others");
      queue_.wake_all();
    });
    EXPECT_FALSE(queue_.wake_one());
  });
  EXPECT_THAT(events_, ElementsAre("a woken", "the others", "b woken", "c woken"));
}

TEST_F(WaitQueueTest, WakesNobodyWhoComesAfterwards) {
  run([&]() -> awaitable<void> {
    queue_.wake_all();
    EXPECT_EQ(co_await with_limit(1ms, [&] { return queue_.wait("test"); }), ScopeEnd::Cancelled);
  });
}

TEST_F(WaitQueueTest, RunsNoTaskInsideTheCallThatWakesIt) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return waiter("a"); });
      co_await yield_now();
      queue_.wake_all();
      note("woke");
    });
  });
  EXPECT_THAT(events_, ElementsAre("woke", "a woken"));
}

TEST_F(WaitQueueTest, GivesTheWakeUpToTheNextOneWhenTheFirstWasCancelled) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&]() -> awaitable<void> { (void)co_await with_cancel_scope(scope, [&] { return waiter("a"); }); });
      group.spawn("b", [&] { return waiter("b"); });
      co_await yield_now();
      scope.cancel(because("test"));
      EXPECT_TRUE(queue_.wake_one());
    });
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "b woken"));
}

TEST_F(WaitQueueTest, LosesNoWakeUpToACancellationThatComesRightAfterIt) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&]() -> awaitable<void> {
        (void)co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
          co_await waiter("a");
          co_await sleeper("later");
        });
      });
      co_await yield_now();
      EXPECT_TRUE(queue_.wake_one());
      scope.cancel(because("test"));
      EXPECT_FALSE(queue_.wake_one());
    });
  });
  EXPECT_THAT(events_, ElementsAre("a woken", "later cancelled"));
}

TEST_F(WaitQueueTest, WaitsOnThroughACancellationWhereThatIsAskedFor) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&]() -> awaitable<void> {
        co_await queue_.wait_always("test");
        note_time("a woken");
        co_await sleeper("later");
      });
      co_await yield_now();
      group.cancel(because("test"));
      (void)co_await with_shield(1s, [] { return sleep_for(10ms); });
      queue_.wake_all();
    });
  });
  EXPECT_THAT(events_, ElementsAre("a woken @ 10", "later cancelled"));
}

TEST_F(WaitQueueTest, MayBeFilledAgainByThoseItWakes) {
  run([&]() -> awaitable<void> {
    int turns = 0;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&]() -> awaitable<void> {
        for (; turns < 3; ++turns) co_await queue_.wait("test");
      });
      while (turns < 3) {
        co_await yield_now();
        queue_.wake_all();
      }
    });
    EXPECT_EQ(turns, 3);
  });
}

}  // namespace
}  // namespace orchestrator::test
