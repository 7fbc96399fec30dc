// When a task may be spawned, and what becomes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class SpawnTest : public TaskTest {};

TEST_F(SpawnTest, IsRefusedByAClosedGroupWhoseTasksGoOn) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return worker("a", 10ms); });
      group.close();
      EXPECT_THROW(group.spawn("b", [&] { return worker("b", 10ms); }), GroupClosed);
      EXPECT_EQ(group.running(), 1U);
      co_return;
    });
  });
  EXPECT_THAT(events_, ElementsAre("a done"));
}

TEST_F(SpawnTest, IsRefusedByAGroupThatHasJoinedItsTasks) {
  run([&]() -> awaitable<void> {
    TaskGroup* ended = nullptr;
    Task& task = co_await current_task();
    TaskGroup group(task, OnFailure::CancelSiblings);
    const auto body = [&](TaskGroup& inside) -> awaitable<void> {
      ended = &inside;
      co_return;
    };
    co_await detail::run_group(group, task, body);
    try {
      ended->spawn("late", [] { return sleep_forever(); });
    } catch (const GroupClosed& error) {
      note(error.what());
    }
    group.cancel(because("late"));  // changes nothing
    EXPECT_FALSE(group.scope().cancelled());
  });
  EXPECT_THAT(events_, ElementsAre("cannot start task 'late': its group takes no more tasks"));
}

TEST_F(SpawnTest, IntoACancelledGroupGivesATaskThatIsCancelledAtItsFirstSuspendingCall) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.cancel(because("test"));
      group.spawn("a", [&]() -> awaitable<void> {
        note("begun");
        co_await sleeper("a");
      });
      co_return;
    });
  });
  EXPECT_THAT(events_, ElementsAre("begun", "a cancelled"));
}

TEST_F(SpawnTest, IntoACancelledGroupRunsTheCleanupOfTheTask) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.cancel(because("test"));
      group.spawn("a", [&] {
        return with_cleanup(
            1s, [&] { return sleeper("a"); }, [&] { return worker("cleanup", 10ms); });
      });
      co_return;
    });
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "cleanup done"));
  EXPECT_EQ(ms(), 10);
}

TEST_F(SpawnTest, AfterAFailureGivesATaskThatIsBornCancelled) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [] { return fail_after(1ms, "boom"); });
        group.spawn("b", [&]() -> awaitable<void> {
          (void)co_await thrown_by([] { return sleep_forever(); });
          group.spawn("c", [&] { return sleeper("c"); });
        });
        co_return;
      });
    });
    note(in_words(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("c cancelled", "[main/a: boom]"));
}

TEST_F(SpawnTest, ByATaskIsFineWhileTheGroupJoins) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("root", [&]() -> awaitable<void> {
        co_await sleep_for(10ms);
        group.spawn("a", [&] { return worker("a", 10ms); });
        group.spawn("b", [&] { return worker("b", 20ms); });
      });
      co_return;
    });
    note_time("joined");
  });
  EXPECT_THAT(events_, ElementsAre("a done", "b done", "joined @ 30"));
}

TEST_F(SpawnTest, OfATaskThatFailsAtOnceCancelsTheOneThatSpawnedIt) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("second", [&]() -> awaitable<void> {
          group.spawn("third", [] { return fail_now("boom"); });
          co_await sleeper("second");
        });
        co_return;
      });
    });
    note(in_words(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("second cancelled", "[main/third: boom]"));
}

TEST_F(SpawnTest, WithoutEndIsEndedByAFailure) {
  int heads = 0;
  std::function<awaitable<void>(TaskGroup&)> hydra = [&](TaskGroup& group) -> awaitable<void> {
    ++heads;
    co_await sleep_for(10ms);
    group.spawn("hydra", [&] { return hydra(group); });
    group.spawn("hydra", [&] { return hydra(group); });
  };
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("hydra", [&] { return hydra(group); });
        group.spawn("hercules", [] { return fail_after(45ms, "enough"); });
        co_return;
      });
    });
    note(in_words(thrown));
  });
  EXPECT_EQ(heads, 31);
  EXPECT_THAT(events_, ElementsAre("[main/hercules: enough]"));
}

TEST_F(SpawnTest, IntoAGroupOfAnotherTaskMakesAChildOfThatTask) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& outer) -> awaitable<void> {
      outer.spawn("spawner", [&]() -> awaitable<void> {
        co_await with_task_group([&](TaskGroup&) -> awaitable<void> {
          outer.spawn("child", [&]() -> awaitable<void> {
            const Task& task = co_await current_task();
            note(task.path());
            EXPECT_EQ(task.name(), "child");
          });
          co_return;
        });
      });
      co_return;
    });
  });
  EXPECT_THAT(events_, ElementsAre("main/child"));
}

}  // namespace
}  // namespace orchestrator::test
