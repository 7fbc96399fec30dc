#include "orchestrator/tasks/format_duration.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;

TEST(FormatDuration, HasTwoUnitsAtMost) {
  EXPECT_EQ(format_duration(0ms), "0 s");
  EXPECT_EQ(format_duration(42ms), "42 ms");
  EXPECT_EQ(format_duration(400ms), "0.4 s");
  EXPECT_EQ(format_duration(1s), "1 s");
  EXPECT_EQ(format_duration(1'500ms), "1.5 s");
  EXPECT_EQ(format_duration(42s), "42 s");
  EXPECT_EQ(format_duration(200s), "3 min 20 s");
  EXPECT_EQ(format_duration(2h), "2 h");
  EXPECT_EQ(format_duration(2h + 5min + 7s), "2 h 5 min");
  EXPECT_EQ(format_duration(27h), "1 d 3 h");
}

TEST(FormatDuration, SaysWhenATimeIsOver) { EXPECT_EQ(format_duration(-42s), "-42 s"); }

TEST(FormatDuration, DoesNotRoundUpToTheNextUnit) {
  EXPECT_EQ(format_duration(9'999ms), "9.9 s");
  EXPECT_EQ(format_duration(999ms), "0.9 s");
  EXPECT_EQ(format_duration(59'999ms), "59 s");
}

}  // namespace
}  // namespace orchestrator
