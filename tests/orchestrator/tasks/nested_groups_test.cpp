// Groups inside groups: failures and cancellations that meet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class NestedGroupsTest : public TaskTest {
 protected:
  /// An outer group whose tasks and body are made by `outer`, and what left it, in words.
  template <class Outer>
  [[nodiscard]] awaitable<void> note_group(Outer outer) {
    const auto thrown = co_await thrown_by([&] { return with_task_group(outer); });
    note_time(in_words(thrown));
  }

  /// A scope that is cancelled at `when`, around `body`; notes how it ended, or what left it.
  template <class Body>
  [[nodiscard]] awaitable<void> cancelled_at(Duration when, Body body) {
    CancelScope scope;
    Task& task = co_await current_task();
    const Alarm alarm = task.clock().call_at(task.clock().now() + when, [&] { scope.cancel(because("outer")); });
    const auto thrown = co_await thrown_by([&]() -> awaitable<void> {
      const ScopeEnd end = co_await with_cancel_scope(scope, body);
      note_time(end == ScopeEnd::Cancelled ? "scope cancelled" : "scope finished");
    });
    if (thrown) note_time(in_words(thrown));
  }
};

TEST_F(NestedGroupsTest, KeepBothErrorsWhenTheyFailInTheSameInstant) {
  run([&] {
    return note_group([&](TaskGroup& outer) -> awaitable<void> {
      outer.spawn("o", [] { return fail_after(10ms, "boom"); });
      co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
        inner.spawn("i", [] { return fail_after(10ms, "bang"); });
        co_return;
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("[main/o: boom, main: [main/i: bang]] @ 10"));
}

TEST_F(NestedGroupsTest, KeepBothErrorsWhenTheInnerOneIsFirst) {
  run([&] {
    return note_group([&](TaskGroup& outer) -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
        inner.spawn("i", [] { return fail_after(10ms, "bang"); });
        co_await yield_now();
        outer.spawn("o", [] { return fail_after(10ms, "boom"); });
        co_await sleep_forever();
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("[main/o: boom, main: [main/i: bang]] @ 10"));
}

TEST_F(NestedGroupsTest, StayCancelledOutsideWhenTheErrorOfTheInnerOneIsHandled) {
  run([&] {
    return note_group([&](TaskGroup& outer) -> awaitable<void> {
      const auto thrown = co_await thrown_by([&] {
        return with_task_group([&](TaskGroup& inner) -> awaitable<void> {
          inner.spawn("i", [] { return fail_now("bang"); });
          outer.spawn("o", [] { return fail_now("boom"); });
          co_return;
        });
      });
      note(in_words(thrown));
      co_await sleeper("body");
    });
  });
  EXPECT_THAT(events_, ElementsAre("[main/i: bang]", "body cancelled", "[main/o: boom] @ 0"));
}

TEST_F(NestedGroupsTest, TellOfTheOuterErrorAloneWhenTheInnerTasksAreOnlyCancelled) {
  run([&] {
    return note_group([&](TaskGroup& outer) -> awaitable<void> {
      outer.spawn("o", [] { return fail_after(10ms, "boom"); });
      co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
        inner.spawn("i", [&] { return sleeper("i"); });
        co_return;
      });
      note("not reached");
    });
  });
  EXPECT_THAT(events_, ElementsAre("i cancelled", "[main/o: boom] @ 10"));
}

TEST_F(NestedGroupsTest, KeepTheShapeOfTheirErrors) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& outer) -> awaitable<void> {
        outer.spawn("o", [&] { return sleeper("o"); });
        co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
          inner.spawn("i", [] { return fail_after(10ms, "bang"); });
          inner.spawn("j", [] { return fail_when_cancelled("crash"); });
          co_return;
        });
      });
    });
    note(in_words(thrown));
    const auto group = first<TaskGroupError>(thrown);
    EXPECT_STREQ(group->what(), "task 'main/i' failed: bang");
    for (const TaskError& entry : group->flatten()) note(entry.path + ": " + describe(entry.error));
  });
  EXPECT_THAT(events_, ElementsAre("o cancelled", "[main: [main/i: bang, main/j: crash]]", "main/i: bang",
                                   "main/j: crash"));
}

TEST_F(NestedGroupsTest, LeaveTheOuterTasksAloneWhenTheInnerOneCancelsItself) {
  run([&] {
    return note_group([&](TaskGroup& outer) -> awaitable<void> {
      outer.spawn("o", [&] { return worker("o", 20ms); });
      co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
        inner.spawn("i", [&] { return sleeper("i"); });
        co_await sleep_for(10ms);
        inner.cancel(because("enough"));
      });
      note_time("inner over");
    });
  });
  EXPECT_THAT(events_, ElementsAre("i cancelled", "inner over @ 10", "o done", "nothing @ 20"));
}

TEST_F(NestedGroupsTest, PassAnOuterCancellationOnWhenTheyWereCancelledThemselvesToo) {
  run([&] {
    return cancelled_at(10ms, [&] {
      return note_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&]() -> awaitable<void> {
          (void)co_await thrown_by([] { return sleep_forever(); });
          group.cancel(because("inner"));
          co_await sleep_forever();
        });
        co_await sleep_forever();
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("cancelled @ 10", "scope finished @ 10"));
}

TEST_F(NestedGroupsTest, PassAnOuterCancellationOnThatCameAfterTheirOwn) {
  run([&] {
    return cancelled_at(10ms, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.cancel(because("inner"));
        (void)co_await with_shield(1s, [] { return sleep_for(20ms); });
        co_await sleep_forever();
      });
      note("not reached");
    });
  });
  EXPECT_THAT(events_, ElementsAre("scope cancelled @ 20"));
}

TEST_F(NestedGroupsTest, LetTheErrorLeaveAndKeepTheOuterCancellationPending) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      co_await note_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&]() -> awaitable<void> {
          co_await sleep_for(10ms);
          scope.cancel(because("in the same instant"));
          throw std::runtime_error("boom");
        });
        co_await sleep_forever();
      });
      co_await sleep_for(1s);
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_THAT(events_, ElementsAre("[main/a: boom] @ 10"));
}

TEST_F(NestedGroupsTest, LetTheErrorLeaveThatCameBeforeTheOuterCancellation) {
  run([&] {
    return cancelled_at(10ms, [&]() -> awaitable<void> {
      co_await note_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [] { return fail_after(5ms, "boom"); });
        group.spawn("slow", []() -> awaitable<void> { (void)co_await with_shield(1s, [] { return sleep_for(20ms); }); });
        co_await sleep_forever();
      });
      co_await sleep_for(1s);
      note("not reached");
    });
  });
  EXPECT_THAT(events_, ElementsAre("[main/a: boom] @ 20", "scope cancelled @ 20"));
}

TEST_F(NestedGroupsTest, KeepAnErrorThatComesWhileTheyAreEndedFromOutside) {
  run([&] {
    return cancelled_at(10ms, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", []() -> awaitable<void> {
          (void)co_await with_shield(1s, [] { return sleep_for(20ms); });
          throw std::runtime_error("boom");
        });
        const auto thrown = co_await thrown_by([] { return sleep_forever(); });
        (void)co_await with_shield(1s, [] { return sleep_for(50ms); });
        std::rethrow_exception(thrown);
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("[main/a: boom] @ 60"));
}

TEST_F(NestedGroupsTest, EndFromOutsideThroughBothWhileTheInnerTasksAreAboutToFail) {
  run([&] {
    return cancelled_at(10ms, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& outer) -> awaitable<void> {
        outer.spawn("o", [&] { return sleeper("o"); });
        co_await with_task_group([&](TaskGroup& inner) -> awaitable<void> {
          for (int i = 0; i < 5; ++i) inner.spawn("i", [] { return fail_after(20ms, "bang"); });
          co_await sleeper("body");
        });
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("o cancelled", "body cancelled", "scope cancelled @ 10"));
}

TEST_F(NestedGroupsTest, KeepNoCancellationAmongTheirErrors) {
  run([&] {
    return cancelled_at(10ms, [&]() -> awaitable<void> {
      co_await note_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("t1", [&] { return sleeper("t1"); });
        group.spawn("t2", [&] { return sleeper("t2"); });
        group.cancel(because("group"));
        (void)co_await with_shield(1s, [] { return sleep_for(20ms); });
        group.spawn("t3", [&] { return sleeper("t3"); });
        group.spawn("t4", [] { return fail_now("boom"); });
        co_await sleep_forever();
      });
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("t1 cancelled", "t2 cancelled", "t3 cancelled", "[main/t4: boom] @ 20",
                                   "scope cancelled @ 20"));
}

}  // namespace
}  // namespace orchestrator::test
