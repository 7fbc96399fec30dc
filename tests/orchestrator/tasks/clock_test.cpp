#include "orchestrator/tasks/clock.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class ClockTest : public TidyTest {
 protected:
  [[nodiscard]] Alarm at(Duration when, std::string name) {
    return clock_.call_at(begin_ + when, [this, name] { rung_.push_back(name); });
  }

  FakeClock clock_;
  TimePoint begin_ = clock_.now();
  std::vector<std::string> rung_;
};

TEST_F(ClockTest, RingsTheEarliestFirstAndThoseOfTheSameTimeInTheirOrder) {
  const Alarm c = at(20ms, "c");
  const Alarm a = at(10ms, "a");
  const Alarm b = at(10ms, "b");
  EXPECT_TRUE(clock_.jump());
  EXPECT_THAT(rung_, ElementsAre("a", "b"));
  EXPECT_TRUE(clock_.jump());
  EXPECT_FALSE(clock_.jump());
  EXPECT_THAT(rung_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(clock_.now() - begin_, 20ms);
}

TEST_F(ClockTest, RingsWhatIsOverAndDoesNotGoBack) {
  const Alarm first = at(10ms, "first");
  clock_.jump();
  const Alarm past = at(5ms, "past");
  clock_.jump();
  EXPECT_THAT(rung_, ElementsAre("first", "past"));
  EXPECT_EQ(clock_.now() - begin_, 10ms);
}

TEST_F(ClockTest, ForgetsAnAlarmThatWasDropped) {
  {
    const Alarm dropped = at(10ms, "dropped");
    EXPECT_TRUE(clock_.has_alarms());
  }
  EXPECT_FALSE(clock_.has_alarms());
  EXPECT_FALSE(clock_.jump());
}

TEST_F(ClockTest, LetsAnAlarmBeMoved) {
  Alarm first = at(10ms, "first");
  Alarm second = at(20ms, "second");
  Alarm moved = std::move(first);
  second = std::move(moved);  // drops the second one
  while (clock_.jump()) {
  }
  EXPECT_THAT(rung_, ElementsAre("first"));
}

TEST_F(ClockTest, LetsAnAlarmSetAndDropOthers) {
  Alarm later = at(10ms, "dropped by the first");
  Alarm next;
  const Alarm first = clock_.call_at(begin_ + 5ms, [&] {
    later.reset();
    next = at(5ms, "set by the first");
  });
  while (clock_.jump()) {
  }
  EXPECT_THAT(rung_, ElementsAre("set by the first"));
}

TEST_F(ClockTest, LetsAnAlarmDropOneOfTheSameInstant) {
  Alarm second;
  const Alarm first = clock_.call_at(begin_ + 5ms, [&] { second.reset(); });
  second = at(5ms, "dropped");
  while (clock_.jump()) {
  }
  EXPECT_TRUE(rung_.empty());
}

class SteadyClockTest : public TidyTest {};

TEST_F(SteadyClockTest, WakesTheLoopForTheEarliestAlarm) {
  std::vector<int> order;
  run_for_real([&]() -> awaitable<void> {
    Task& task = co_await current_task();
    Clock& clock = task.clock();
    const TimePoint now = clock.now();
    const Alarm third = clock.call_at(now + 3ms, [&] { order.push_back(3); });
    const Alarm first = clock.call_at(now + 1ms, [&] { order.push_back(1); });
    Alarm dropped = clock.call_at(now, [&] { order.push_back(0); });
    dropped.reset();
    co_await sleep_until(now + 4ms);
    EXPECT_GE(clock.now(), now + 4ms);
  });
  EXPECT_THAT(order, ElementsAre(1, 3));
}

}  // namespace
}  // namespace orchestrator::test
