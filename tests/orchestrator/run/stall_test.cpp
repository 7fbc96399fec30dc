#include "orchestrator/run/stall.hpp"

#include <gmock/gmock.h>

#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

class AnItemThatMayBeSilentForAMinute : public RunTest {
 protected:
  AnItemThatMayBeSilentForAMinute() { job.common.stall_timeout = 1min; }

  void moves_after_each(std::vector<Duration> silences) {
    add_item("a").on_sync = [silences](JobContext& context) -> awaitable<void> {
      for (const Duration silence : silences) {
        co_await sleep_for(silence);
        context.moving();
      }
    };
    run();
  }
};

TEST_F(AnItemThatMayBeSilentForAMinute, GoesOnWhileItMoves) {
  moves_after_each({59s, 1s, 59s, 30s, 59s});
  EXPECT_EQ(result.state, RunState::Succeeded);
}

TEST_F(AnItemThatMayBeSilentForAMinute, EndsAMinuteAfterItHasMovedLast) {
  moves_after_each({25s, 7s, 1h});
  EXPECT_EQ(item("a").end, ItemEnd::Failed);
  EXPECT_EQ(result.took, Duration(92s));
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_THAT(result.errors[0].message, testing::HasSubstr("nothing moved for 1 min"));
}

TEST_F(AnItemThatMayBeSilentForAMinute, GoesOnWhenTheMachineWasStoppedForLonger) {
  add_item("a").on_sync = [this](JobContext& context) -> awaitable<void> {
    co_await sleep_for(10s);
    context.moving();
    co_await sleep_for(10s);
    loop.stop_machine(8h);
    co_await sleep_for(30s);  // it needs a moment, too
    context.moving();
  };
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
}

TEST_F(AnItemThatMayBeSilentForAMinute, GoesOnWhenItMovedJustBeforeTheMachineWasStopped) {
  add_item("a").on_sync = [this](JobContext& context) -> awaitable<void> {
    co_await sleep_for(10s);
    context.moving();
    loop.stop_machine(8h);
    co_await sleep_for(50s);
    context.moving();
  };
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
}

}  // namespace
}  // namespace orchestrator::test
