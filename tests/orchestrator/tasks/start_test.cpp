#include "orchestrator/tasks/start.hpp"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class StartTest : public TaskTest {
 protected:
  /// Is ready after `until_ready` and goes on for as long again.
  [[nodiscard]] awaitable<void> service(Started<int>& started, Duration until_ready) {
    co_await sleep_for(until_ready);
    started.set(7);
    co_await sleep_for(until_ready);
    note_time("service done");
  }

  /// Starts `task` in `group` and notes what came of it.
  template <class Body>
  [[nodiscard]] awaitable<void> note_start(TaskGroup& group, Body task) {
    const auto thrown = co_await thrown_by([&]() -> awaitable<void> {
      const int value = co_await group.start<int>("service", std::move(task));
      note_time("started " + std::to_string(value));
    });
    if (thrown) note_time(in_words(thrown));
  }
};

TEST_F(StartTest, GivesTheValueOnceTheTaskIsReadyWhichThenGoesOn) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      co_await note_start(group, [&](Started<int>& started) { return service(started, 10ms); });
      EXPECT_EQ(group.running(), 1U);
    });
  });
  EXPECT_THAT(events_, ElementsAre("started 7 @ 10", "service done @ 20"));
}

TEST_F(StartTest, GivesAValueThatCanOnlyBeMoved) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      auto task = [](Started<std::unique_ptr<int>>& started) -> awaitable<void> {
        started.set(std::make_unique<int>(7));
        co_return;
      };
      const auto value = co_await group.start<std::unique_ptr<int>>("service", std::move(task));
      EXPECT_EQ(*value, 7);
    });
  });
}

TEST_F(StartTest, GivesTheValueOfATaskThatEndsInTheSameTurn) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      co_await note_start(group, [](Started<int>& started) -> awaitable<void> {
        started.set(1);
        co_return;
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("started 1 @ 0"));
}

TEST_F(StartTest, ThrowsWhatTheTaskThrewBeforeItWasReadyAndSparesTheSiblings) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("sibling", [&] { return worker("sibling", 20ms); });
      co_await note_start(group, [](Started<int>&) { return fail_after(10ms, "boom"); });
    });
  });
  EXPECT_THAT(events_, ElementsAre("boom @ 10", "sibling done"));
}

TEST_F(StartTest, ThrowsWhenTheTaskEndsWithoutAWord) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      co_await note_start(group, [](Started<int>&) -> awaitable<void> { co_return; });
    });
  });
  EXPECT_THAT(events_, ElementsAre("task 'service' ended before it was ready @ 0"));
}

TEST_F(StartTest, LeavesAnErrorAfterTheTaskWasReadyToTheGroup) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        co_await note_start(group, [](Started<int>& started) -> awaitable<void> {
          started.set(1);
          co_await fail_after(10ms, "boom");
        });
        co_await sleeper("body");
      });
    });
    note_time(in_words(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("started 1 @ 0", "body cancelled", "[main/service: boom] @ 10"));
}

TEST_F(StartTest, CancelledHasEndedTheTaskWhenItThrows) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      (void)co_await with_limit(10ms, [&] {
        return note_start(group, [&](Started<int>&) {
          return with_cleanup(
              1s, [] { return sleep_forever(); }, [&] { return worker("cleanup", 5ms); });
        });
      });
      EXPECT_EQ(group.running(), 0U);
    });
  });
  EXPECT_THAT(events_, ElementsAre("cleanup done", "cancelled @ 15"));
}

TEST_F(StartTest, InACancelledScopeEndsTheTaskAtItsFirstSuspendingCall) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      CancelScope scope;
      scope.cancel(because("test"));
      (void)co_await with_cancel_scope(
          scope, [&] { return note_start(group, [&](Started<int>&) { return sleeper("service"); }); });
    });
  });
  EXPECT_THAT(events_, ElementsAre("service cancelled", "cancelled @ 0"));
}

TEST_F(StartTest, InACancelledScopeGivesTheValueOfATaskThatDoesNotSuspend) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      CancelScope scope;
      scope.cancel(because("test"));
      const ScopeEnd end = co_await with_cancel_scope(scope, [&] {
        return note_start(group, [](Started<int>& started) -> awaitable<void> {
          started.set(1);
          co_return;
        });
      });
      EXPECT_EQ(end, ScopeEnd::Finished);
    });
  });
  EXPECT_THAT(events_, ElementsAre("started 1 @ 0"));
}

TEST_F(StartTest, GivesTheValueWhenTheCancellationComesTogetherWithIt) {
  for (const bool ready_first : {true, false}) {
    run([&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        CancelScope scope;
        const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
          co_await note_start(group, [&](Started<int>& started) -> awaitable<void> {
            if (ready_first) started.set(1);
            scope.cancel(because("test"));
            if (!ready_first) started.set(2);
            co_return;
          });
          co_await sleep_forever();
        });
        EXPECT_EQ(end, ScopeEnd::Cancelled);
      });
    });
  }
  EXPECT_THAT(events_, ElementsAre("started 1 @ 0", "started 2 @ 0"));
}

TEST_F(StartTest, GivesTheValueOfATaskThatGetsReadyAlthoughItIsCancelled) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      (void)co_await with_limit(10ms, [&] {
        return note_start(group, [&](Started<int>& started) -> awaitable<void> {
          (void)co_await with_shield(1s, [] { return sleep_for(20ms); });
          started.set(1);
          co_await sleeper("service");
        });
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("service cancelled", "started 1 @ 20"));
}

TEST_F(StartTest, CancelledThrowsTheErrorOfTheTaskRatherThanCancelled) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
        co_await note_start(group, [](Started<int>&) { return fail_when_cancelled("boom"); });
        co_await sleep_forever();
      });
      EXPECT_EQ(end, ScopeEnd::Cancelled);
    });
  });
  EXPECT_THAT(events_, ElementsAre("boom @ 10"));
}

TEST_F(StartTest, IsCancelledWithItsGroupWhenASiblingFails) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("sibling", [] { return fail_after(5ms, "boom"); });
        co_await note_start(group, [&](Started<int>&) { return sleeper("service"); });
      });
    });
    note_time(in_words(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("service cancelled", "cancelled @ 5", "[main/sibling: boom] @ 5"));
}

TEST_F(StartTest, FromOutsideOfAGroupThatIsCancelledSaysThatTheTaskDidNotGetReady) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& outer) -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
        outer.spawn("starter", [&] {
          return note_start(inner, [&](Started<int>& started) { return service(started, 10ms); });
        });
        co_await sleep_for(5ms);
        inner.cancel(because("test"));
      });
      co_await sleep_for(1ms);
    });
  });
  EXPECT_THAT(events_, ElementsAre("task 'service' ended before it was ready @ 5"));
}

TEST_F(StartTest, KeepsTheGroupOpenUntilTheTaskHasEnded) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& outer) -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
        outer.spawn("starter", [&] {
          return note_start(inner, [&](Started<int>& started) { return service(started, 10ms); });
        });
        outer.spawn("other", [&] { return note_start(inner, [](Started<int>&) { return fail_after(30ms, "boom"); }); });
        co_await yield_now();
      });
      note_time("inner over");
    });
  });
  EXPECT_THAT(events_, ElementsAre("started 7 @ 10", "service done @ 20", "boom @ 30", "inner over @ 30"));
}

TEST_F(StartTest, IsRefusedByAClosedGroup) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.close();
      co_await note_start(group, [&](Started<int>& started) { return service(started, 10ms); });
    });
  });
  EXPECT_THAT(events_, ElementsAre("cannot start task 'service': its group takes no more tasks @ 0"));
}

TEST_F(StartTest, InASupervisorIsAnOutcomeToo) {
  run([&]() -> awaitable<void> {
    const auto outcomes = co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
      co_await note_start(group, [](Started<int>&) { return fail_now("boom"); });
    });
    EXPECT_EQ(outcomes.at(0).end, TaskOutcome::End::Failed);
    EXPECT_EQ(in_words(outcomes.at(0).error), "boom");
  });
  EXPECT_THAT(events_, ElementsAre("boom @ 0"));
}

}  // namespace
}  // namespace orchestrator::test
