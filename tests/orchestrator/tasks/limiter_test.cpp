#include "orchestrator/tasks/limiter.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class LimiterTest : public TaskTest {
 protected:
  /// Holds a place for `duration` and notes when it got it, or what it got instead.
  [[nodiscard]] awaitable<void> user(Limiter& limiter, std::string name, Duration duration) {
    const auto thrown = co_await thrown_by([&]() -> awaitable<void> {
      const LimiterSlot slot = co_await limiter.acquire();
      note_time(name);
      co_await sleep_for(duration);
    });
    if (thrown) note(name + ": " + in_words(thrown));
  }
};

TEST_F(LimiterTest, LetsNoMoreThanItsLimitWorkAtOnce) {
  Limiter limiter("test", 3);
  std::size_t most = 0;
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 10; ++i) {
        group.spawn("user", [&]() -> awaitable<void> {
          const LimiterSlot slot = co_await limiter.acquire();
          most = std::max(most, limiter.in_use());
          co_await sleep_for(10ms);
        });
      }
      co_return;
    });
  });
  EXPECT_EQ(most, 3U);
  EXPECT_EQ(ms(), 40);
  EXPECT_EQ(limiter.in_use(), 0U);
}

TEST_F(LimiterTest, ServesThoseFirstWhoCameFirstAndLetsNobodyOvertake) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      for (const std::string name : {"a", "b", "c"}) {
        group.spawn(name, [&, name] { return user(limiter, name, 10ms); });
      }
      co_await sleep_for(10ms);  // a's place is handed over to b in this instant
      co_await user(limiter, "newcomer", 10ms);
    });
  });
  EXPECT_THAT(events_, ElementsAre("a @ 0", "b @ 10", "c @ 20", "newcomer @ 30"));
}

TEST_F(LimiterTest, SaysHowLongATaskWaited) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return user(limiter, "a", 10ms); });
      co_await yield_now();
      const LimiterSlot slot = co_await limiter.acquire();
      EXPECT_EQ(slot.waited(), 10ms);
    });
    const LimiterSlot free = co_await limiter.acquire();
    EXPECT_EQ(free.waited(), 0ms);
  });
}

TEST_F(LimiterTest, IsLeftByAWaiterThatIsCancelled) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return user(limiter, "a", 20ms); });
      group.spawn("b", [&]() -> awaitable<void> {
        (void)co_await with_limit(5ms, [&] { return user(limiter, "b", 20ms); });
      });
      group.spawn("c", [&] { return user(limiter, "c", 20ms); });
      co_return;
    });
  });
  EXPECT_THAT(events_, ElementsAre("a @ 0", "b: cancelled", "c @ 20"));
}

TEST_F(LimiterTest, KeepsAPlaceThatWasHandedOverTogetherWithACancellation) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    CancelScope scope;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      auto held = std::make_unique<LimiterSlot>(co_await limiter.acquire());
      group.spawn("b", [&]() -> awaitable<void> {
        (void)co_await with_cancel_scope(scope, [&] { return user(limiter, "b", 20ms); });
      });
      group.spawn("c", [&] { return user(limiter, "c", 20ms); });
      co_await yield_now();
      held.reset();  // to b
      scope.cancel(because("test"));
      EXPECT_EQ(limiter.in_use(), 1U);
    });
  });
  EXPECT_THAT(events_, ElementsAre("b @ 0", "b: cancelled", "c @ 0"));
  EXPECT_EQ(limiter.in_use(), 0U);
}

TEST_F(LimiterTest, HandsThePlaceToTheNextWhenTheCancellationComesFirst) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    CancelScope scope;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      auto held = std::make_unique<LimiterSlot>(co_await limiter.acquire());
      group.spawn("b", [&]() -> awaitable<void> {
        (void)co_await with_cancel_scope(scope, [&] { return user(limiter, "b", 20ms); });
      });
      group.spawn("c", [&] { return user(limiter, "c", 20ms); });
      co_await yield_now();
      scope.cancel(because("test"));
      held.reset();
    });
  });
  EXPECT_THAT(events_, ElementsAre("b: cancelled", "c @ 0"));
}

TEST_F(LimiterTest, ClosedGivesNoPlaceMoreToThoseWhoWaitEither) {
  Limiter limiter("the engine", 1);
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return user(limiter, "a", 20ms); });
      group.spawn("b", [&] { return user(limiter, "b", 20ms); });
      co_await yield_now();
      limiter.close();
      co_await user(limiter, "c", 20ms);
    });
    note_time("over");
  });
  EXPECT_THAT(events_, ElementsAre("a @ 0", "c: 'the engine' takes no new work", "b: 'the engine' takes no new work",
                                   "over @ 20"));
}

TEST_F(LimiterTest, ClosedLetsInWhomItHadHandedAPlace) {
  Limiter limiter("test", 1);
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      auto held = std::make_unique<LimiterSlot>(co_await limiter.acquire());
      group.spawn("a", [&] { return user(limiter, "a", 5ms); });
      group.spawn("b", [&] { return user(limiter, "b", 5ms); });
      co_await yield_now();
      held.reset();
      limiter.close();
    });
  });
  EXPECT_THAT(events_, ElementsAre("a @ 0", "b: 'test' takes no new work"));
  EXPECT_EQ(limiter.in_use(), 0U);
}

}  // namespace
}  // namespace orchestrator::test
