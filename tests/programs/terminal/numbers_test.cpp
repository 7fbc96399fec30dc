#include "programs/terminal/numbers.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(FormatBytes, HasThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "0.98 KiB");
  EXPECT_EQ(format_bytes(1229), "1.20 KiB");
  EXPECT_EQ(format_bytes(59034828), "56.3 MiB");
  EXPECT_EQ(format_bytes(1023ULL << 20U), "1.00 GiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(FormatRate, SurvivesNonsense) {
  EXPECT_EQ(format_rate(-1), "0 B/s");
  EXPECT_EQ(format_rate(std::numeric_limits<double>::quiet_NaN()), "0 B/s");
  EXPECT_EQ(format_rate(std::numeric_limits<double>::infinity()), "0 B/s");
}

TEST(FormatFraction, RoundsDownSoThatAHundredMeansAll) {
  EXPECT_EQ(format_fraction(0.999), "99 %");
  EXPECT_EQ(format_fraction(1.0), "100 %");
  EXPECT_EQ(format_fraction(0.29), "29 %");
  EXPECT_EQ(format_fraction(7), "100 %");
}

TEST(FormatCount, KnowsOneFromMany) {
  EXPECT_EQ(format_count(1, "process", "processes"), "1 process");
  EXPECT_EQ(format_count(0, "process", "processes"), "0 processes");
}

}  // namespace
}  // namespace orchestrator
