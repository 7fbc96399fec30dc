#include "orchestrator/config/calendar.hpp"

#include <filesystem>

#include <gmock/gmock.h>

#include "orchestrator/config/error.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/config_fixtures.hpp"
#include "tests/support/program_run.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kSecond = 1'000'000;

// What is wrong with it; "" when nothing is.
std::string mistake_in(const std::string& text) {
  try {
    (void)parse_calendar(text);
    return "";
  } catch (const ParseError& error) {
    return error.what();
  }
}

// Of systemd.time(7), and what people write.
const std::vector<std::string> kGood{
    "minutely", "hourly", "daily", "Weekly", "monthly", "quarterly", "semiannually", "bi-annually", "yearly", "annually",
    "daily UTC", "weekly Europe/Berlin", "hourly Asia/Tokyo", "12:00 utc", "2:30 GMT", "Sat,Thu,Mon..Wed,Sat..Sun", "Mon,Sun 12-*-* 2,1:23",
    "Wed *-1", "Wed..Wed,Wed *-1", "Wed, 17:48", "Wed..Sat,Tue 12-10-15 1:2:3", "*-*-7 0:0:0", "10-15", "monday *-12-* 17:00",
    "Mon,Fri *-*-3,1,2 *:30:45", "12,14,13,12:20,10,30", "12..14:10,20,30", "mon,fri *-1/2-1,3 *:30:45", "03-05 08:05:40",
    "08:05:40", "05:40", "Sat,Sun 12-05 08:05:40", "Sat,Sun 08:05:40", "2003-03-05 05:40", "05:40:23.4200004/3.1700005",
    "2003-02..04-05", "2003-03-05", "*-*~3", "*-*~07/1", "02~1..4", "*-02~03", "Mon *-05~07/1", "Mon-Fri", "0/2:00", "*:0/15",
    "1..5/2:00", "1..5/22:00", "20..24/5:00", "*:*:*", "01:00:*", "1:00:0..59", "1:00:00.5", "*-*-* ", "Mon,", "@1395716396", "69-1-1", "2024-02-30", "3..3:00"};
const std::vector<std::string> kBad{
    "", " daily", "daily ", "dayly", "*", "12", "*/2:00", "*-*-*/2", "Sat..Mon", "MonTue", "Tue..", "Mon..Wed..Fri", "Fri..Tue,Wed",
    "Mon 12", "5..3:00", "24:00", "08:60", "08:00:60", "-1:00", "+1:00", "0x1:00", ":00", "1:2:3:4", "1,2,:00", "1,,2:00", "1 :00",
    "*-13-01", "*-0-01", "*-*-32", "*-*-0", "*-*~29", "*-*~1/5", "9999-1-1", "100-1-1", "1..5/0:00", "1/30:00", "01:00:*/2",
    "12:00 Foo/Bar", "12:00 /etc", "12:00 ../../etc/passwd", "12:00 europe/berlin", "1:00 UTC UTC", "3..1..2:00", "daily\n",
    "Mon\t12:00", "12:00;13:00", "02:30 %n", "30 2 * * *", "*-*~01-01", "@", "@-1", "@12 12:00", "1:00:00.", "99999999999999999999:00"};

// Whether it takes all of them.
bool systemd_takes(const std::vector<std::string>& texts) {
  ProgramOptions options;
  options.words = {"/usr/bin/systemd-analyze", "calendar", "--"};
  options.words.insert(options.words.end(), texts.begin(), texts.end());
  options.environment = {{"PATH", "/usr/bin:/bin"}, {"TZ", "UTC"}};
  return ProgramRun(options).wait().code == 0;
}

TEST(Calendar, TakesWhatSystemdTakes) {
  for (const std::string& text : kGood) EXPECT_EQ(mistake_in(text), "") << "'" << text << "'";
  for (const std::string& text : kBad) EXPECT_NE(mistake_in(text), "") << "'" << text << "'";
}

TEST(Calendar, AgreesWithSystemdWhereItIsInstalled) {
  REQUIRE_CAPABILITY("systemd-analyze", std::filesystem::exists("/usr/bin/systemd-analyze"));
  EXPECT_TRUE(systemd_takes(kGood));
  for (const std::string& text : kBad) EXPECT_FALSE(systemd_takes({text})) << "'" << text << "'";
}

TEST(Calendar, KnowsDaysOfTheWeek) {
  EXPECT_EQ(parse_calendar("Mon..Fri 02:30").weekdays, 0x1FU);
  EXPECT_EQ(parse_calendar("sat,SUNDAY").weekdays, 0x60U);
  EXPECT_EQ(parse_calendar("*-*-*").weekdays, 0U);
}

TEST(Calendar, KnowsRangesAndRepetitions) {
  const Calendar calendar = parse_calendar("2024..2026-*-1,10..20/5 0/2:15:30.5");
  EXPECT_EQ(calendar.years, (CalendarPart{{2024, 2026, 1}}));
  EXPECT_EQ(calendar.months, CalendarPart());
  EXPECT_EQ(calendar.days, (CalendarPart{{1, std::nullopt, 0}, {10, 20, 5}}));
  EXPECT_EQ(calendar.hours, (CalendarPart{{0, std::nullopt, 2}}));
  EXPECT_EQ(calendar.minutes, (CalendarPart{{15, std::nullopt, 0}}));
  EXPECT_EQ(calendar.microseconds, (CalendarPart{{30 * kSecond + kSecond / 2, std::nullopt, 0}}));
}

TEST(Calendar, IsMidnightWhereNoTimeIsGiven) {
  const Calendar calendar = parse_calendar("Mon");
  const CalendarPart zero{CalendarRange()};
  EXPECT_EQ(calendar.hours, zero);
  EXPECT_EQ(calendar.minutes, zero);
  EXPECT_EQ(calendar.microseconds, zero);
}

TEST(Calendar, MayHaveATimeZone) {
  EXPECT_EQ(parse_calendar("daily utc").zone, "UTC");
  EXPECT_EQ(parse_calendar("02:30 Europe/Berlin").zone, "Europe/Berlin");
  EXPECT_THAT(mistake_in("02:30 Europe/Atlantis"), HasSubstr("'Europe/Atlantis' is no time zone of this machine"));
}

TEST(Calendar, SaysWhatIsWrongAndShowsWhatIsRight) {
  EXPECT_THAT(mistake_in("25:00"), HasSubstr("such as \"daily\" or \"Mon..Fri 02:30\", got '25:00': an hour is from 0 to 23, not 25"));
  EXPECT_THAT(mistake_in("Sat..Mon"), HasSubstr("a range of days goes from Monday to Sunday"));
  EXPECT_THAT(mistake_in("1/30:00"), HasSubstr("the repetition of an hour would never come"));
  EXPECT_THAT(mistake_in("30 2 * * *"), HasSubstr("stands where '-' or '~' is expected"));
}

TEST(ScheduleSettings, HaveTheDocumentedDefaults) {
  const Config config = check_text(
      "[jobs.a]\ntype = \"command\"\ncommand = [\"true\"]\nschedule = { calendar = \"daily\" }\n"
      "[jobs.b]\ntype = \"command\"\ncommand = [\"true\"]\n");
  ASSERT_TRUE(config.job("a").common.schedule);
  const ScheduleSettings& schedule = *config.job("a").common.schedule;
  EXPECT_EQ(schedule.calendar, "daily");
  EXPECT_EQ(schedule.randomized_delay, std::nullopt);
  EXPECT_TRUE(schedule.persistent);
  EXPECT_TRUE(schedule.on_battery);
  EXPECT_EQ(schedule.where.line, 4U);
  EXPECT_FALSE(config.job("b").common.schedule);
}

TEST(ScheduleSettings, TakeEveryKey) {
  const Config config = check_text(
      "[jobs.a]\ntype = \"command\"\ncommand = [\"true\"]\n"
      "schedule = { calendar = \"02:30\", randomized_delay = \"15m\", persistent = false, on_battery = false }\n");
  const ScheduleSettings& schedule = *config.job("a").common.schedule;
  EXPECT_EQ(schedule.calendar, "02:30");
  EXPECT_EQ(schedule.randomized_delay, std::chrono::minutes(15));
  EXPECT_FALSE(schedule.persistent);
  EXPECT_FALSE(schedule.on_battery);
}

}  // namespace
}  // namespace orchestrator::test
