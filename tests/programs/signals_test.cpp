#include "programs/signals.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

const TimePoint kFirst{};

TEST(SignalCount, StopsWithTheFirstAndKillsWithTheSecond) {
  SignalCount count;
  EXPECT_EQ(count.take(SIGINT, kFirst), CancelLevel::Stop);
  EXPECT_EQ(count.take(SIGINT, kFirst + 1s), CancelLevel::Kill);
  EXPECT_EQ(count.take(SIGINT, kFirst + 2s), CancelLevel::Kill);
}

TEST(SignalCount, TakesTheTwoSignalsOfTimeoutForOne) {
  SignalCount count;
  EXPECT_EQ(count.take(SIGTERM, kFirst), CancelLevel::Stop);
  EXPECT_EQ(count.take(SIGTERM, kFirst + 1ms), std::nullopt);
  EXPECT_EQ(count.take(SIGTERM, kFirst + 5s), CancelLevel::Kill);
}

TEST(SignalCount, TakesAnotherSignalForASecondOne) {
  SignalCount count;
  EXPECT_EQ(count.take(SIGINT, kFirst), CancelLevel::Stop);
  EXPECT_EQ(count.take(SIGTERM, kFirst + 1ms), CancelLevel::Kill);
}

class EndingSignals : public ::testing::Test {
 protected:
  void SetUp() override { reset(); }
  void TearDown() override { reset(); }

 private:
  static void reset() {
    ::signal(SIGHUP, SIG_DFL);
    ::signal(SIGINT, SIG_DFL);
  }
};

TEST_F(EndingSignals, LeaveOutWhatWasIgnoredFromTheStart) {
  EXPECT_EQ(ending_signals(), (std::vector<int>{SIGTERM, SIGINT, SIGHUP}));
  ::signal(SIGHUP, SIG_IGN);
  EXPECT_EQ(ending_signals(), (std::vector<int>{SIGTERM, SIGINT}));
  ::signal(SIGINT, SIG_IGN);
  EXPECT_EQ(ending_signals(), (std::vector<int>{SIGTERM}));
}

}  // namespace
}  // namespace orchestrator
