// Shields: what a scope does not hear of the cancellations around it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class ShieldTest : public TaskTest {
 protected:
  [[nodiscard]] static ScopeOptions until_kill(Duration limit) {
    ScopeOptions options;
    options.limit = limit;
    options.shield = Shield::UntilKill;
    return options;
  }

  /// Runs `inside` in a scope that is cancelled with `level` at 10 ms.
  template <class Body>
  [[nodiscard]] awaitable<void> cancelled_at_10ms(CancelLevel level, Body inside) {
    CancelScope outer;
    Task& task = co_await current_task();
    const Alarm alarm =
        task.clock().call_at(task.clock().now() + 10ms, [&] { outer.cancel(because("outer"), level); });
    const ScopeEnd end = co_await with_cancel_scope(outer, std::move(inside));
    EXPECT_EQ(end, ScopeEnd::Cancelled);
    note_time("end");
  }
};

TEST_F(ShieldTest, HidesWhatIsCancelledAroundIt) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Stop, [&]() -> awaitable<void> {
      EXPECT_EQ(co_await with_shield(1s, [] { return sleep_for(50ms); }), ScopeEnd::Finished);
      note_time("shield over");
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("shield over @ 50", "end @ 50"));
}

TEST_F(ShieldTest, WorksInAScopeThatIsCancelledAlready) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Stop, [&]() -> awaitable<void> {
      note(in_words(co_await thrown_by([] { return sleep_forever(); })));
      EXPECT_EQ(co_await with_shield(1s, [] { return sleep_for(50ms); }), ScopeEnd::Finished);
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("cancelled", "end @ 60"));
}

TEST_F(ShieldTest, HidesTheDeadlineAroundIt) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
      EXPECT_EQ(co_await with_shield(1s, [] { return sleep_for(50ms); }), ScopeEnd::Finished);
      co_await sleep_forever();
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 50);
}

TEST_F(ShieldTest, EndsAtItsOwnLimitAndLeavesTheOuterCancellationPending) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Stop, [&]() -> awaitable<void> {
      EXPECT_EQ(co_await with_shield(30ms, [&] { return sleeper("body"); }), ScopeEnd::Cancelled);
      note_time("shield over");
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("body cancelled", "shield over @ 30", "end @ 30"));
}

TEST_F(ShieldTest, HearsOfScopesInsideIt) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_shield(1s, [&]() -> awaitable<void> {
      EXPECT_EQ(co_await with_limit(5ms, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
      co_await sleep_for(5ms);
    });
    EXPECT_EQ(end, ScopeEnd::Finished);
  });
  EXPECT_EQ(ms(), 10);
}

TEST_F(ShieldTest, CoversTheTasksOfAGroupInsideIt) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Stop, [&]() -> awaitable<void> {
      const ScopeEnd end = co_await with_shield(1s, [&]() -> awaitable<void> {
        co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
          group.spawn("a", [&] { return worker("a", 20ms); });
          group.spawn("b", [&] { return worker("b", 30ms); });
          co_return;
        });
      });
      EXPECT_EQ(end, ScopeEnd::Finished);
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("a done", "b done", "end @ 30"));
}

TEST_F(ShieldTest, LetsATaskOfAShieldedScopeBeCancelledFromWithin) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_shield(1s, [&]() -> awaitable<void> {
      const auto thrown = co_await thrown_by([&]() -> awaitable<void> {
        co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
          group.spawn("a", [&] { return sleeper("a"); });
          group.spawn("b", [&] { return fail_after(1ms, "boom"); });
          co_return;
        });
      });
      note(in_words(thrown));
    });
    EXPECT_EQ(end, ScopeEnd::Finished);
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "[main/b: boom]"));
}

TEST_F(ShieldTest, IsCutToTheKillLimitByAKill) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      ScopeOptions options;
      options.limit = 30s;
      options.shield = Shield::Full;
      CancelScope shield(options);
      EXPECT_EQ(co_await with_cancel_scope(shield, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
      note_time(to_string(*shield.reason()));
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("deadline: limit of 2 s after a kill @ 2010", "end @ 2010"));
}

TEST_F(ShieldTest, KeepsALimitThatEndsBeforeTheKillLimit) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      EXPECT_EQ(co_await with_shield(500ms, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("end @ 500"));
}

TEST_F(ShieldTest, HasNoMoreThanTheKillLimitWhenItIsEnteredAfterAKill) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      (void)co_await thrown_by([] { return sleep_forever(); });
      EXPECT_EQ(co_await with_shield(30s, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("end @ 2010"));
}

TEST_F(ShieldTest, IsNotMadeLongerThanAKillAllows) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      ScopeOptions options;
      options.limit = 1s;
      options.shield = Shield::Full;
      CancelScope shield(options);
      (void)co_await with_cancel_scope(shield, [&]() -> awaitable<void> {
        co_await sleep_for(20ms);
        shield.set_limit(1h);
        co_await sleep_forever();
      });
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("end @ 2010"));
}

TEST_F(ShieldTest, InsideAShieldHasALimitOfItsOwn) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      (void)co_await with_shield(30s, [&]() -> awaitable<void> {
        co_await sleep_for(20ms);  // the kill came
        // What reaps a process, say, must not be cut off by the end of the cleanup that it is part of.
        EXPECT_EQ(co_await with_shield(30s, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
        note_time("inner");
      });
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("inner @ 2020", "end @ 2020"));
}

TEST_F(ShieldTest, UntilKillHidesAStopButNotAKill) {
  run([&]() -> awaitable<void> {
    CancelScope outer;
    Clock& clock = loop_.loop().clock();
    const Alarm stop = clock.call_at(clock.now() + 10ms, [&] { outer.cancel(because("stop")); });
    const Alarm kill =
        clock.call_at(clock.now() + 20ms, [&] { outer.cancel(because("kill"), CancelLevel::Kill); });
    const ScopeEnd end = co_await with_cancel_scope(outer, [&]() -> awaitable<void> {
      CancelScope grace(until_kill(10s));
      EXPECT_EQ(co_await with_cancel_scope(grace, [&] { return sleeper("grace"); }), ScopeEnd::Cancelled);
      note_time(grace.reason()->detail);
      co_await sleep_forever();
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_THAT(events_, ElementsAre("grace cancelled", "stop @ 20"));
}

TEST_F(ShieldTest, UntilKillHearsAKillInsideAFullShieldWhoseWorkGoesOn) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      const ScopeEnd end = co_await with_shield(30s, [&]() -> awaitable<void> {
        CancelScope grace(until_kill(10s));
        EXPECT_EQ(co_await with_cancel_scope(grace, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
        note_time(grace.reason()->detail);
        co_await sleep_for(100ms);
        note_time("work done");
      });
      EXPECT_EQ(end, ScopeEnd::Finished);
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("outer @ 10", "work done @ 110", "end @ 110"));
}

TEST_F(ShieldTest, ShowsALadderTheLevelThatItHides) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      const ScopeEnd end = co_await with_shield(1s, [&]() -> awaitable<void> {
        Task& task = co_await current_task();
        EXPECT_EQ(task.scope().seen_level(), CancelLevel::None);
        co_await sleep_for(20ms);
        EXPECT_EQ(task.scope().seen_level(), CancelLevel::Kill);
        EXPECT_EQ(task.scope().seen_reason()->detail, "outer");
        EXPECT_FALSE(task.scope().cancelled());
        EXPECT_EQ(task.scope().reason(), nullptr);
      });
      EXPECT_EQ(end, ScopeEnd::Finished);
      co_await sleep_forever();
    });
  });
}

TEST_F(ShieldTest, CancelledAtLevelKillBeforeItIsEnteredEndsAtOnce) {
  run([&]() -> awaitable<void> {
    ScopeOptions options;
    options.limit = 1s;
    options.shield = Shield::Full;
    CancelScope shield(options);
    shield.cancel(because("early"), CancelLevel::Kill);
    EXPECT_EQ(co_await with_cancel_scope(shield, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 0);
}

TEST_F(ShieldTest, KeepsTheCancellationThatComesInTheInstantOfItsEnd) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Stop, [&]() -> awaitable<void> {
      EXPECT_EQ(co_await with_shield(1s, [] { return sleep_for(10ms); }), ScopeEnd::Finished);
      note("shield over");
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("shield over", "end @ 10"));
}

TEST_F(ShieldTest, MadeByHandWithoutALimitGetsOneFromAKill) {
  run([&]() -> awaitable<void> {
    co_await cancelled_at_10ms(CancelLevel::Kill, [&]() -> awaitable<void> {
      ScopeOptions options;
      options.shield = Shield::Full;
      CancelScope shield(options);
      EXPECT_EQ(co_await with_cancel_scope(shield, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
      co_await sleep_forever();
    });
  });
  EXPECT_THAT(events_, ElementsAre("end @ 2010"));
}

}  // namespace
}  // namespace orchestrator::test
