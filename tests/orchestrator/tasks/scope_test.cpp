#include "orchestrator/tasks/scope.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class CancelScopeTest : public TaskTest {
 protected:
  [[nodiscard]] Alarm at(Duration when, std::function<void()> action) {
    Clock& clock = loop_.loop().clock();
    return clock.call_at(clock.now() + when, std::move(action));
  }
};

TEST_F(CancelScopeTest, IsFinishedWhenNobodyCancelsIt) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    EXPECT_EQ(co_await with_cancel_scope(scope, [] { return sleep_for(5ms); }), ScopeEnd::Finished);
    EXPECT_FALSE(scope.cancelled());
    EXPECT_EQ(scope.reason(), nullptr);
  });
}

TEST_F(CancelScopeTest, EndsTheCallThatWaits) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const Alarm alarm = at(10ms, [&] { scope.cancel(because("enough")); });
    EXPECT_EQ(co_await with_cancel_scope(scope, [&] { return sleeper("body"); }), ScopeEnd::Cancelled);
    EXPECT_EQ(scope.reason()->detail, "enough");
  });
  EXPECT_EQ(ms(), 10);
  EXPECT_THAT(events_, ElementsAre("body cancelled"));
}

TEST_F(CancelScopeTest, EveryLaterSuspendingCallThrowsToo) {
  Limiter limiter("test", 1);
  WaitQueue queue;
  const auto after_cancel = [&]() -> awaitable<void> {
    note(in_words(co_await thrown_by([] { return sleep_forever(); })));
    note(in_words(co_await thrown_by([] { return sleep_for(1ms); })));
    note(in_words(co_await thrown_by([] { return yield_now(); })));
    note(in_words(co_await thrown_by([] { return throw_if_cancelled(); })));
    note(in_words(co_await thrown_by([&] { return queue.wait("test"); })));
    note(in_words(co_await thrown_by([&]() -> awaitable<void> { auto slot = co_await limiter.acquire(); })));
    note(in_words(co_await thrown_by([]() -> awaitable<void> { co_await run_blocking([] { FAIL(); }); })));
  };
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      scope.cancel(because("test"));
      co_await after_cancel();
    });
    EXPECT_EQ(end, ScopeEnd::Finished) << "nothing was left to be thrown";
  });
  EXPECT_EQ(events_, std::vector<std::string>(7, "cancelled"));
}

TEST_F(CancelScopeTest, IsMetAtTheFirstSuspendingCallWhenCancelledBeforeItIsEntered) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    scope.cancel(because("early"));
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      note("begun");
      co_await sleeper("body");
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
    EXPECT_EQ(scope.reason()->detail, "early");
  });
  EXPECT_THAT(events_, ElementsAre("begun", "body cancelled"));
}

TEST_F(CancelScopeTest, ThatNobodyMetEndsWithoutATrace) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      scope.cancel(because("test"));
      co_return;
    });
    EXPECT_EQ(end, ScopeEnd::Finished);
    co_await sleep_for(1ms);
  });
  EXPECT_EQ(ms(), 1);
}

TEST_F(CancelScopeTest, IsNotChangedByACancellationAfterItWasLeft) {
  run([&]() -> awaitable<void> {
    CancelScope inner;
    {
      CancelScope outer;
      (void)co_await with_cancel_scope(outer, [&]() -> awaitable<void> {
        (void)co_await with_cancel_scope(inner, [] { return sleep_for(1ms); });
      });
    }
    inner.cancel(because("late"), CancelLevel::Kill);
    EXPECT_FALSE(inner.cancelled());
    inner.set_limit(1ms);
    co_await sleep_for(5ms);
    EXPECT_FALSE(inner.cancelled());
  });
}

TEST_F(CancelScopeTest, LetsACancellationFromAroundItPass) {
  run([&]() -> awaitable<void> {
    CancelScope outer;
    CancelScope inner;
    const Alarm alarm = at(1ms, [&] { outer.cancel(because("outer")); });
    const ScopeEnd end = co_await with_cancel_scope(outer, [&]() -> awaitable<void> {
      (void)co_await with_cancel_scope(inner, [&] { return sleeper("body"); });
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
    EXPECT_FALSE(inner.cancel_requested());
    EXPECT_EQ(inner.reason()->detail, "outer");
  });
  EXPECT_THAT(events_, ElementsAre("body cancelled"));
}

TEST_F(CancelScopeTest, OfTwoThatAreCancelledTheOuterOneEndsTheWork) {
  run([&]() -> awaitable<void> {
    CancelScope first;
    CancelScope second;
    CancelScope third;
    const ScopeEnd end = co_await with_cancel_scope(first, [&]() -> awaitable<void> {
      const ScopeEnd inside = co_await with_cancel_scope(second, [&]() -> awaitable<void> {
        (void)co_await with_cancel_scope(third, [&]() -> awaitable<void> {
          third.cancel(because("third"));
          second.cancel(because("second"));
          co_await sleep_forever();
        });
        note("not reached");
      });
      EXPECT_EQ(inside, ScopeEnd::Cancelled);
      co_await sleep_for(1ms);
    });
    EXPECT_EQ(end, ScopeEnd::Finished);
    EXPECT_EQ(third.reason()->detail, "third");
  });
  EXPECT_TRUE(events_.empty());
}

TEST_F(CancelScopeTest, KeepsTheFirstReasonAndTheHighestLevel) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    scope.cancel(because("first"), CancelLevel::Stop);
    scope.cancel(because("again"), CancelLevel::Stop);
    EXPECT_EQ(scope.seen_level(), CancelLevel::Stop);
    scope.cancel(because("harder"), CancelLevel::Kill);
    scope.cancel(because("softer"), CancelLevel::Stop);
    EXPECT_EQ(scope.seen_level(), CancelLevel::Kill);
    EXPECT_EQ(scope.reason()->detail, "first");
    co_return;
  });
}

TEST_F(CancelScopeTest, LetsAnErrorPassThatIsThrownWhileItIsCancelled) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const Alarm alarm = at(1ms, [&] { scope.cancel(because("test")); });
    note(in_words(co_await thrown_by([&]() -> awaitable<void> {
      (void)co_await with_cancel_scope(scope, [] { return fail_when_cancelled("boom"); });
    })));
    co_await sleep_for(1ms);
  });
  EXPECT_THAT(events_, ElementsAre("boom"));
}

TEST_F(CancelScopeTest, ReachesAllTasksAndScopesInsideAtOnce) {
  const auto group_of_two = [&](std::string name) -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("l1", [&] { return sleeper(name + "-l1"); });
      group.spawn("l2", [&] { return sleeper(name + "-l2"); });
      co_return;
    });
  };
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const Alarm alarm = at(1ms, [&] { scope.cancel(because("test")); });
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("w1", [&] { return group_of_two("w1"); });
        group.spawn("w2", [&] { return group_of_two("w2"); });
        co_return;
      });
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 1);
  EXPECT_THAT(events_, ::testing::UnorderedElementsAre("w1-l1 cancelled", "w1-l2 cancelled", "w2-l1 cancelled",
                                                       "w2-l2 cancelled"));
}

TEST_F(CancelScopeTest, TellsALongComputationWithoutSuspendingIt) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      co_await throw_if_cancelled();
      scope.cancel(because("test"));
      co_await throw_if_cancelled();
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_TRUE(events_.empty());
}

TEST_F(CancelScopeTest, EndsAtItsLimit) {
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await with_limit(100ms, [] { return sleep_for(50ms); }), ScopeEnd::Finished);
    ScopeOptions options;
    options.limit = 100ms;
    CancelScope scope(options);
    EXPECT_EQ(co_await with_cancel_scope(scope, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
    EXPECT_EQ(to_string(*scope.reason()), "deadline: limit of 0.1 s");
    EXPECT_EQ(scope.seen_level(), CancelLevel::Stop);
  });
  EXPECT_EQ(ms(), 150);
}

TEST_F(CancelScopeTest, OfWhichNothingIsLeftEndsAtTheFirstSuspendingCall) {
  run([&]() -> awaitable<void> {
    for (const Duration limit : {Duration(0ms), Duration(-5ms)}) {
      const ScopeEnd end = co_await with_limit(limit, [&]() -> awaitable<void> {
        note("begun");
        co_await yield_now();
        note("not reached");
      });
      EXPECT_EQ(end, ScopeEnd::Cancelled);
    }
  });
  EXPECT_THAT(events_, ElementsAre("begun", "begun"));
}

TEST_F(CancelScopeTest, MovesItsLimit) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    scope.set_limit(10ms);  // counts from entering
    co_await sleep_for(100ms);
    EXPECT_EQ(co_await with_cancel_scope(scope, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
    note_time("before entering");

    CancelScope later;
    later.set_limit(10ms);
    (void)co_await with_cancel_scope(later, [&]() -> awaitable<void> {
      for (int i = 0; i < 100; ++i) later.set_limit(50ms);
      co_await sleep_forever();
    });
    note_time("later");

    CancelScope at_once;
    at_once.set_limit(1h);
    (void)co_await with_cancel_scope(at_once, [&]() -> awaitable<void> {
      co_await sleep_for(5ms);
      at_once.set_limit(0ms);
      co_await sleep_forever();
    });
    note_time("at once");
  });
  EXPECT_THAT(events_, ElementsAre("before entering @ 110", "later @ 160", "at once @ 165"));
}

TEST_F(CancelScopeTest, LeavesTheShorterLimitAroundItInForce) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
      (void)co_await with_limit(20ms, [] { return sleep_forever(); });
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 10);
  EXPECT_TRUE(events_.empty());
}

TEST_F(CancelScopeTest, EndsATaskAtItsLimitThatIsAlwaysReadyToRun) {
  run_for_real([]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(1ms, []() -> awaitable<void> {
      for (;;) co_await yield_now();
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
}

using CancelScopeDeathTest = CancelScopeTest;

TEST_F(CancelScopeDeathTest, AbortsWhenItIsEnteredTwice) {
  EXPECT_DEATH(run([]() -> awaitable<void> {
                 CancelScope scope;
                 (void)co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
                   (void)co_await with_cancel_scope(scope, [] { return yield_now(); });
                 });
               }),
               "entered once");
}

}  // namespace
}  // namespace orchestrator::test
