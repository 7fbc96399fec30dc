#include "orchestrator/tasks/sleep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class SleepTest : public TaskTest {
 protected:
  /// Sleeps for 10 ms in a scope, of which `meanwhile` does what it likes; notes how that ended.
  template <class Meanwhile>
  void sleep_while(Meanwhile meanwhile) {
    run([&]() -> awaitable<void> {
      CancelScope scope;
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("sleeper", [&]() -> awaitable<void> {
          const ScopeEnd end = co_await with_cancel_scope(scope, [] { return sleep_for(10ms); });
          note_time(end == ScopeEnd::Finished ? "slept" : "cancelled");
        });
        co_await meanwhile(scope);
      });
    });
  }
};

TEST_F(SleepTest, EndsWhenItsTimeHasCome) {
  sleep_while([](CancelScope&) -> awaitable<void> { co_return; });
  EXPECT_THAT(events_, ElementsAre("slept @ 10"));
}

TEST_F(SleepTest, CancelledBeforeItBegins) {
  sleep_while([](CancelScope& scope) -> awaitable<void> {
    scope.cancel(because("test"));
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("cancelled @ 0"));
}

TEST_F(SleepTest, CancelledWhileItWaits) {
  sleep_while([](CancelScope& scope) -> awaitable<void> {
    co_await sleep_for(5ms);
    scope.cancel(because("test"));
  });
  EXPECT_THAT(events_, ElementsAre("cancelled @ 5"));
}

TEST_F(SleepTest, CancelledTwice) {
  sleep_while([](CancelScope& scope) -> awaitable<void> {
    co_await sleep_for(5ms);
    scope.cancel(because("test"), CancelLevel::Stop);
    scope.cancel(because("test"), CancelLevel::Kill);
  });
  EXPECT_THAT(events_, ElementsAre("cancelled @ 5"));
}

TEST_F(SleepTest, CancelledInTheInstantOfItsEnd) {
  sleep_while([](CancelScope& scope) -> awaitable<void> {
    co_await sleep_for(10ms);  // begun before the other one, and so woken before it
    scope.cancel(because("test"));
  });
  EXPECT_THAT(events_, ElementsAre("slept @ 10"));
}

TEST_F(SleepTest, CancelledByADeadline) {
  run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await with_limit(5ms, [] { return sleep_for(10ms); }), ScopeEnd::Cancelled);
    EXPECT_EQ(co_await with_limit(5ms, [] { return sleep_forever(); }), ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 10);
}

TEST_F(SleepTest, CancelledByASibling) {
  run([&]() -> awaitable<void> {
    (void)co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] { return sleep_for(10ms); });
        group.spawn("b", [] { return fail_after(5ms, "boom"); });
        co_return;
      });
    });
  });
  EXPECT_EQ(ms(), 5);
}

TEST_F(SleepTest, UntilATimeThatIsOverLetsOthersRun) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("other", [&]() -> awaitable<void> {
        note("other");
        co_return;
      });
      co_await sleep_for(-5ms);
      note("slept");
    });
  });
  EXPECT_THAT(events_, ElementsAre("other", "slept"));
  EXPECT_EQ(ms(), 0);
}

TEST_F(SleepTest, ForEverIsNoticedAsADeadlock) {
  try {
    run([] { return sleep_forever(); });
    FAIL() << "did not notice";
  } catch (const Deadlock& deadlock) {
    EXPECT_STREQ(deadlock.what(), "every task waits, for nothing:\nmain  0 s  waits for sleep for ever\n");
  }
}

}  // namespace
}  // namespace orchestrator::test
