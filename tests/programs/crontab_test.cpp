#include "programs/control/crontab.hpp"

#include <gmock/gmock.h>

#include "orchestrator/config/error.hpp"

namespace orchestrator::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string cron(const std::string& calendar) {
  try {
    return cron_fields(parse_calendar(calendar));
  } catch (const ParseError& error) {
    return error.what();
  }
}

Schedule schedule_at(const std::string& job, const std::string& calendar) {
  Schedule schedule;
  schedule.job = job;
  schedule.settings.calendar = calendar;
  return schedule;
}

TEST(CronFields, AreTheCalendarInNumbers) {
  EXPECT_EQ(cron("daily"), "0 0 * * *");
  EXPECT_EQ(cron("minutely"), "* * * * *");
  EXPECT_EQ(cron("hourly"), "0 * * * *");
  EXPECT_EQ(cron("weekly"), "0 0 * * 1");
  EXPECT_EQ(cron("monthly"), "0 0 1 * *");
  EXPECT_EQ(cron("quarterly"), "0 0 1 1,4,7,10 *");
  EXPECT_EQ(cron("yearly"), "0 0 1 1 *");
  EXPECT_EQ(cron("*-*-* 02:30"), "30 2 * * *");
  EXPECT_EQ(cron("Mon..Fri 02:30"), "30 2 * * 1-5");
  EXPECT_EQ(cron("Sat,Sun 02:30"), "30 2 * * 0,6");
  EXPECT_EQ(cron("Mon,Tue,Thu..Sun 5:00"), "0 5 * * 0,1,2,4-6");
  EXPECT_EQ(cron("Mon..Sun 5:00"), "0 5 * * *");
  EXPECT_EQ(cron("*:0/15"), "*/15 * * * *");
  EXPECT_EQ(cron("*:5/15"), "5-59/15 * * * *");
  EXPECT_EQ(cron("8..18/2:00,30"), "0,30 8-18/2 * * *");
  EXPECT_EQ(cron("*-1..6-1,15 4:00"), "0 4 1,15 1-6 *");
  EXPECT_EQ(cron("*-*-1/10 4:00"), "0 4 */10 * *");
  EXPECT_EQ(cron("10..12:00"), "0 10-12 * * *");
}

TEST(CronFields, AreNotMadeWhereCronWouldDoSomethingElse) {
  EXPECT_THAT(cron("2030-01-01"), HasSubstr("no years"));
  EXPECT_THAT(cron("*-*~1"), HasSubstr("days from the end"));
  EXPECT_THAT(cron("daily UTC"), HasSubstr("no time zone"));
  EXPECT_THAT(cron("*:*:30"), HasSubstr("whole minutes"));
  EXPECT_THAT(cron("*:*:*"), HasSubstr("whole minutes"));
  EXPECT_THAT(cron("*:*:00,30"), HasSubstr("whole minutes"));
  EXPECT_THAT(cron("@1395716396"), HasSubstr("cron"));
  // "the first Monday of a month": cron would start on each Monday, and on each of those days.
  EXPECT_THAT(cron("Mon *-*-1..7 02:30"), HasSubstr("for two schedules"));
}

TEST(Crontab, HasALineOrTheReasonForEach) {
  Schedule spread = schedule_at("spread", "daily");
  spread.settings.randomized_delay = std::chrono::minutes(15);
  spread.settings.on_battery = false;
  const Crontab crontab = crontab_of({schedule_at("srv", "02:30"), schedule_at("first", "Mon *-*-1..7 02:30"), spread}, "/usr/bin/orchestratord --quiet --once");
  EXPECT_THAT(crontab.text, HasSubstr("\n30 2 * * * /usr/bin/orchestratord --quiet --once srv\n"));
  EXPECT_THAT(crontab.text, HasSubstr("\n# job 'first' cannot be started by cron at \"Mon *-*-1..7 02:30\": cron would take"));
  EXPECT_THAT(crontab.text, HasSubstr("\n# spread: no randomized_delay of 15m, started on battery too\n0 0 * * * "));
  EXPECT_THAT(crontab.problems, ElementsAre(HasSubstr("job 'first'")));
}

TEST(Crontab, SaysThatNothingIsPlanned) {
  const Crontab crontab = crontab_of({}, "x");
  EXPECT_THAT(crontab.text, HasSubstr("# No job has a schedule."));
  EXPECT_THAT(crontab.problems, IsEmpty());
}

TEST(CronCommand, IsReadByCronAndByItsShell) {
  EXPECT_EQ(cron_command({"/usr/bin/orchestratord", "--once"}), "/usr/bin/orchestratord --once");
  EXPECT_EQ(cron_command({"/opt/my tools/o", "50%"}), "'/opt/my tools/o' 50\\%");
}

}  // namespace
}  // namespace orchestrator::test
