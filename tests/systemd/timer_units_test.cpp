// Units that are made of schedules: their text, and what systemd says of them.
#include "systemd/timer_units.hpp"

#include <gmock/gmock.h>

#include "tests/support/paths.hpp"
#include "tests/support/program_run.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProgramEnd run_tool(std::vector<std::string> words, std::map<std::string, std::string> environment = {}) {
  ProgramOptions options;
  options.words = std::move(words);
  options.environment = std::move(environment);
  options.environment.insert({{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}});
  return ProgramRun(options).wait();
}

Schedule nightly(const std::string& job) {
  Schedule schedule;
  schedule.job = job;
  schedule.settings.calendar = "*-*-* 02:30";
  schedule.settings.where = {"/etc/orchestratord/orchestrator.toml", 12, 1};
  return schedule;
}

class UnitsOfSchedules : public TidyTest {
 protected:
  static std::string timer(const Schedule& schedule) {
    return units_of_schedule(schedule, TimerDoor::Daemon, "/usr/bin/orchestratorctl").front().text;
  }
  static std::string service(const Schedule& schedule, TimerDoor door = TimerDoor::Daemon,
                             const std::string& program = "/usr/bin/orchestratorctl") {
    return units_of_schedule(schedule, door, program).back().text;
  }
  // What systemd finds wrong with all of them.
  std::string verify(const std::vector<UnitFile>& units) {
    std::vector<std::string> words{"/usr/bin/systemd-analyze", "verify", "--man=no"};
    for (const UnitFile& unit : units) words.push_back(directory_.write(unit.name, unit.text));
    const ProgramEnd end = run_tool(words, {{"SYSTEMD_UNIT_PATH", directory_.path().string() + ":"}});
    return end.output + end.errors;
  }
  TemporaryDirectory directory_;
};

TEST(UnitNames, AreEscapedAsSystemdDoes) {
  for (const std::string job : {"srv", "a-b", "a.b", "a_b", "0.1-2_3", "nightly-mirror-of-srv", "-", ".x", "a/b", "A:b", "50%", "\xc3\xa4"}) {
    std::string escaped = run_tool({"/usr/bin/systemd-escape", "--", job}).output;
    EXPECT_EQ(escape_for_unit(job) + "\n", escaped) << job;
  }
}

TEST(UnitNames, HaveTheJobInThem) {
  EXPECT_EQ(unit_of_job("a-b.c", ".timer"), "orchestrator-job-a\\x2db.c.timer");
  for (const std::string job : {"srv", "a-b", "a.b", "x2d", "a--b_c.timer"}) EXPECT_EQ(job_of_unit(unit_of_job(job, ".timer")), job);
  EXPECT_EQ(job_of_unit("apt-daily.timer"), "");
  EXPECT_EQ(job_of_unit("orchestrator-job"), "");
}

TEST_F(UnitsOfSchedules, SayWhenAndWhat) {
  EXPECT_EQ(timer(nightly("a-b")),
            "# Made by orchestratord-generator from /etc/orchestratord/orchestrator.toml:12:1; changes here are lost.\n"
            "[Unit]\n"
            "Documentation=man:orchestrator.toml(5)\n"
            "SourcePath=/etc/orchestratord/orchestrator.toml\n"
            "Description=Schedule of the sync job a-b\n"
            "\n"
            "[Timer]\n"
            "OnCalendar=*-*-* 02:30\n"
            "Persistent=yes\n");
  EXPECT_THAT(service(nightly("a-b")), AllOf(HasSubstr("ExecStart=/usr/bin/orchestratorctl run --wait --quiet a-b\n"),
                                             HasSubstr("Type=oneshot\n"), HasSubstr("\nSuccessExitStatus=4 143\n"),
                                             HasSubstr("After=network-online.target"), Not(HasSubstr("Condition"))));
}

TEST_F(UnitsOfSchedules, CarryWhatTheScheduleSays) {
  Schedule schedule = nightly("srv");
  schedule.settings.randomized_delay = std::chrono::minutes(15);
  schedule.settings.persistent = false;
  schedule.settings.on_battery = false;
  EXPECT_THAT(timer(schedule), AllOf(HasSubstr("RandomizedDelaySec=900000ms\n"), HasSubstr("Persistent=no\n")));
  EXPECT_THAT(service(schedule), HasSubstr("ConditionACPower=yes\n"));
}

TEST_F(UnitsOfSchedules, NeedNoDaemonForAUser) {
  const std::string text = service(nightly("srv"), TimerDoor::OneShot, "/usr/bin/orchestratord");
  EXPECT_THAT(text, AllOf(HasSubstr("ExecStart=/usr/bin/orchestratord --quiet --once srv\n"), Not(HasSubstr("network-online")),
                          Not(HasSubstr("CapabilityBoundingSet"))));
}

TEST_F(UnitsOfSchedules, AreNotLedAstrayByADescription) {
  Schedule schedule = nightly("srv");
  schedule.description = "50% of /srv\nExecStartPre=/bin/evil \\";
  const std::string text = service(schedule);
  EXPECT_THAT(text, HasSubstr("Description=Sync job srv: 50%% of /srv ExecStartPre=/bin/evil  \n"));
  EXPECT_THAT(text, Not(HasSubstr("\nExecStartPre")));
}

TEST_F(UnitsOfSchedules, HaveNothingThatSystemdFindsFaultWith) {
  std::vector<UnitFile> units;
  for (const TimerDoor door : {TimerDoor::Daemon, TimerDoor::OneShot}) {
    Schedule schedule = nightly(door == TimerDoor::Daemon ? "a-b.c" : "other");
    schedule.description = "50% of \"/srv\" \\";
    schedule.settings.randomized_delay = std::chrono::milliseconds(1500);
    schedule.settings.on_battery = false;
    const auto of_one = units_of_schedule(schedule, door, program("orchestratord"));
    units.insert(units.end(), of_one.begin(), of_one.end());
  }
  units.push_back(mistakes_unit({{{"/etc/x.toml", 8, 1}, "jobs.a", "a 'mistake' \"here\" 100% \\ and\nthere"}}));
  EXPECT_EQ(verify(units), "");
}

TEST_F(UnitsOfSchedules, AreFoundFaultWithWhenSomethingIsWrong) {
  Schedule schedule = nightly("srv");
  schedule.settings.calendar = "sometimes";
  EXPECT_THAT(verify(units_of_schedule(schedule, TimerDoor::Daemon, program("orchestratord"))), HasSubstr("sometimes"));
}

TEST(MistakesUnit, CarriesTheirText) {
  const UnitFile unit = mistakes_unit({{{"/etc/x.toml", 8, 1}, "jobs.a.schedule", "50% \\ \nb"}, {{"/etc/y.toml", 0, 0}, "", "cannot be read"}});
  EXPECT_EQ(unit.name, "orchestrator-config.service");
  EXPECT_TRUE(unit.wanted);
  EXPECT_THAT(unit.text, AllOf(HasSubstr("\nStandardInputText=/etc/x.toml:8:1: jobs.a.schedule: 50%% \\x5c \\x0ab\n"),
                               HasSubstr("\nStandardInputText=/etc/y.toml: cannot be read\n"), HasSubstr("\nExecStart=/bin/true\nExecStart=/bin/cat\nExecStart=/bin/false\n")));
}

TEST(MistakesUnit, StaysSmall) {
  const std::vector<ConfigError> many(1000, ConfigError{{"/etc/x.toml", 8, 1}, "", std::string(100'000, 'x')});
  const std::string text = mistakes_unit(many).text;
  EXPECT_LT(text.size(), 200'000U);
  EXPECT_THAT(text, HasSubstr("StandardInputText=and more: see 'orchestratord --check'\n"));
}

}  // namespace
}  // namespace orchestrator::test
