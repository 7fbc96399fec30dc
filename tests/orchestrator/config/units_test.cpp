#include "orchestrator/config/units.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "orchestrator/config/error.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

template <class Parse>
std::string refusal(Parse parse, const std::string& text) {
  try {
    (void)parse(text);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Duration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("2h"), 2h);
  EXPECT_EQ(parse_duration("1d"), 24h);
}

TEST(Duration, ReadsUnitsFromLargeToSmall) {
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), 26h + 3min + 4s + 5ms);
  EXPECT_EQ(parse_duration("1d1ms"), 24h + 1ms);
}

TEST(Duration, MayBeNothingOrHaveLeadingZeros) {
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("007s"), 7s);
}

TEST(Duration, WritesTheShortestTextThatReadsBackAsTheSame) {
  for (const milliseconds value :
       {milliseconds(0ms), milliseconds(1ms), milliseconds(999ms), milliseconds(1s),
        milliseconds(1001ms), milliseconds(59s), milliseconds(60s), milliseconds(90min),
        milliseconds(24h), milliseconds(25h + 1ms), kLongestDuration, kLongestDuration - 1ms})
    EXPECT_EQ(parse_duration(to_string(value)), value) << to_string(value);
  EXPECT_EQ(to_string(milliseconds(90min)), "1h30m");
  EXPECT_EQ(to_string(milliseconds(0)), "0s");
  EXPECT_EQ(to_string(milliseconds(1500)), "1s500ms");
}

TEST(Duration, RefusesEveryMalformedText) {
  for (const char* text : {"",     "s",    "5",    "5x",     "5 s",   " 5s",  "5s ", "+5s",
                           "-5s",  "1.5h", "1,5h", "1h 30m", "30m1h", "1h1h", "5S",  "5M",
                           "1h30", "5µs",  "1e3s", "0x5s",   "5s\n",  "1w",   "ms5", "٣s"})
    EXPECT_NE(refusal(parse_duration, text), "accepted") << text;
  EXPECT_NE(refusal(parse_duration, std::string("5s\0", 3)), "accepted");
}

TEST(Duration, SaysWhatIsWrong) {
  EXPECT_EQ(refusal(parse_duration, "30"),
            "'30' is not a duration: it needs a unit: d, h, m, s or ms");
  EXPECT_EQ(refusal(parse_duration, "-5s"), "'-5s' is not a duration: it must not be negative");
  EXPECT_EQ(refusal(parse_duration, "1.5h"),
            "'1.5h' is not a duration: use a smaller unit instead of a fraction");
  EXPECT_EQ(refusal(parse_duration, "5 s"),
            "'5 s' is not a duration: there must be no space before the unit");
  EXPECT_EQ(refusal(parse_duration, "30m1h"),
            "'30m1h' is not a duration: units go from large to small, each once, as in \"1h30m\"");
  EXPECT_EQ(refusal(parse_duration, "5w"),
            "'5w' is not a duration: the units are d, h, m, s and ms, as in \"1h30m\"");
}

TEST(Duration, NeverOverflows) {
  EXPECT_EQ(parse_duration("36500d"), kLongestDuration);
  EXPECT_EQ(refusal(parse_duration, "36501d"), "'36501d' is not a duration: the longest is 36500d");
  EXPECT_EQ(refusal(parse_duration, "36500d1ms"),
            "'36500d1ms' is not a duration: the longest is 36500d");
  EXPECT_NE(refusal(parse_duration, "18446744073709551615ms"), "accepted");
  EXPECT_EQ(refusal(parse_duration, "18446744073709551616ms"),
            "'18446744073709551616ms' is not a duration: the number is too large");
}

TEST(Size, ReadsEveryUnit) {
  EXPECT_EQ(parse_size("512B").bytes, 512U);
  EXPECT_EQ(parse_size("5KB").bytes, 5'000U);
  EXPECT_EQ(parse_size("5kB").bytes, 5'000U);
  EXPECT_EQ(parse_size("5MB").bytes, 5'000'000U);
  EXPECT_EQ(parse_size("5GB").bytes, 5'000'000'000U);
  EXPECT_EQ(parse_size("5TB").bytes, 5'000'000'000'000U);
  EXPECT_EQ(parse_size("5KiB").bytes, 5ULL << 10);
  EXPECT_EQ(parse_size("5MiB").bytes, 5ULL << 20);
  EXPECT_EQ(parse_size("10GiB").bytes, 10ULL << 30);
  EXPECT_EQ(parse_size("5TiB").bytes, 5ULL << 40);
}

TEST(Size, WritesATextThatReadsBackAsTheSame) {
  for (const std::uint64_t bytes :
       {0ULL, 1ULL, 999ULL, 1000ULL, 1023ULL, 1024ULL, 1025ULL, 1'000'000ULL, 1ULL << 20,
        10'000'000'000'000ULL, 1ULL << 40, 3ULL << 61,
        static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max())})
    EXPECT_EQ(parse_size(to_string(ByteSize(bytes))).bytes, bytes) << bytes;
  EXPECT_EQ(to_string(ByteSize(1536ULL << 20)), "1536MiB");
  EXPECT_EQ(to_string(ByteSize(10'000'000'000'000)), "10TB");
  EXPECT_EQ(to_string(ByteSize(0)), "0B");
}

TEST(Size, RefusesEveryMalformedText) {
  for (const char* text : {"", "B", "5", "5K", "5G", "5 GB", "5gb", "5gib", "5Gib", "-5B", "+5B",
                           "1.5GB", "5GB ", "5GBx", "5GB5MB", "0x10B", "5b"})
    EXPECT_NE(refusal(parse_size, text), "accepted") << text;
}

TEST(Size, SaysWhatIsWrong) {
  EXPECT_EQ(refusal(parse_size, "5"),
            "'5' is not a size: it needs a unit, such as B, KiB, MiB, GiB, MB or GB");
  EXPECT_EQ(refusal(parse_size, "5G"),
            "'5G' is not a size: the units are B, KiB, MiB, GiB, TiB, and kB, MB, GB, TB in "
            "thousands");
}

TEST(Size, NeverOverflows) {
  EXPECT_EQ(parse_size("9223372036854775807B").bytes, 9223372036854775807U);
  EXPECT_EQ(refusal(parse_size, "9223372036854775808B"),
            "'9223372036854775808B' is not a size: it is too large");
  EXPECT_EQ(parse_size("8388607TiB").bytes, 8388607ULL << 40);
  EXPECT_EQ(refusal(parse_size, "8388608TiB"), "'8388608TiB' is not a size: it is too large");
  EXPECT_EQ(refusal(parse_size, "99999999999999999999B"),
            "'99999999999999999999B' is not a size: the number is too large");
}

TEST(Percentage, IsAWholeNumberUpToAHundred) {
  for (const unsigned percent : {0U, 1U, 20U, 99U, 100U}) {
    const Percentage value(percent);
    EXPECT_EQ(parse_percentage(to_string(value)), value);
  }
  for (const char* text : {"", "%", "20", "101%", "-1%", "+1%", "12.5%", "20 %", "20%%", "20% ",
                           "99999999999999999999%"})
    EXPECT_NE(refusal(parse_percentage, text), "accepted") << text;
  EXPECT_EQ(refusal(parse_percentage, "101%"), "'101%' is not a percentage: the most is 100%");
}

TEST(Threshold, IsAPercentageOrASize) {
  EXPECT_EQ(parse_threshold("20%"), Threshold(Percentage(20)));
  EXPECT_EQ(parse_threshold("10GiB"), Threshold(ByteSize(10ULL << 30)));
  EXPECT_EQ(to_string(parse_threshold("20%")), "20%");
  EXPECT_EQ(to_string(parse_threshold("10GiB")), "10GiB");
  for (const char* text : {"", "20", "120%", "10G", "x"})
    EXPECT_NE(refusal(parse_threshold, text), "accepted") << text;
  EXPECT_EQ(refusal(parse_threshold, "20"),
            "'20' is not a threshold: it needs '%' or a unit such as GiB");
}

TEST(Threshold, KnowsItsSizeOfAWhole) {
  EXPECT_EQ(parse_threshold("20%").of(1000), 200U);
  EXPECT_EQ(parse_threshold("10GiB").of(5), 10ULL << 30);
  const std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(parse_threshold("100%").of(all), all);
  EXPECT_EQ(parse_threshold("0%").of(all), 0U);
  EXPECT_EQ(parse_threshold("33%").of(10), 3U);
}

}  // namespace
}  // namespace orchestrator
