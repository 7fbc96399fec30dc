// `orchestratorctl timers`, and what reload does about schedules, where there is no systemd.
#include "tests/integration/daemon_test.hpp"
#include "tests/support/paths.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class SchedulesWithoutSystemd : public DaemonTest {
 protected:
  [[nodiscard]] ProgramEnd ctl(std::vector<std::string> arguments, const std::string& trigger = {}) const {
    ProgramOptions options = this->options(std::move(arguments));
    options.words.front() = program("orchestratorctl");
    options.words.emplace_back("--user");
    if (!trigger.empty()) options.environment["TRIGGER_UNIT"] = trigger;
    return run(options);
  }
  static std::string job(const std::string& name, const std::string& calendar) {
    return "[jobs." + name + "]\ntype = \"command\"\ncommand = [\"true\"]\nschedule = { calendar = \"" + calendar + "\" }\n";
  }
};

TEST_F(SchedulesWithoutSystemd, AreLinesOfACrontab) {
  configure(job("srv", "Mon..Fri 02:30") + job("web", "*:0/15"));
  const ProgramEnd end = ctl({"timers", "--cron"});
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.errors, "");
  const std::string command = program("orchestratord").string() + " --quiet --once ";
  EXPECT_THAT(end.output, AllOf(StartsWith("#"), HasSubstr("\n30 2 * * 1-5 " + command + "srv\n"), HasSubstr("\n*/15 * * * * " + command + "web\n")));
}

TEST_F(SchedulesWithoutSystemd, AreOfAnotherFileWhereItIsNamed) {
  configure(job("srv", "daily"));
  const std::string other = folder() / "other.toml";
  std::filesystem::copy(folder() / "orchestrator.toml", other);
  configure("nonsense");
  EXPECT_THAT(ctl({"timers", "--cron", other}).output, HasSubstr("--quiet --config " + other + " --once srv\n"));
}

TEST_F(SchedulesWithoutSystemd, AreNeverSilentlyWrong) {
  configure(job("first", "Mon *-*-1..7 02:30") + job("srv", "02:30"));
  const ProgramEnd end = ctl({"timers", "--cron"});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.errors, HasSubstr("orchestratorctl: job 'first' cannot be started by cron at \"Mon *-*-1..7 02:30\": "));
  EXPECT_THAT(end.output, AllOf(HasSubstr("\n# job 'first' cannot be"), HasSubstr("\n30 2 * * * "), Not(HasSubstr("--once first"))));
  configure(job("srv", "sometimes"));
  const ProgramEnd wrong = ctl({"timers", "--cron"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.output, "");
}

TEST_F(SchedulesWithoutSystemd, AreLinesThatRunTheJob) {
  configure(job("srv", "hourly"));
  const std::string text = ctl({"timers", "--cron"}).output;
  const std::size_t line = text.find("0 * * * * ");
  ASSERT_NE(line, std::string::npos);
  ProgramOptions cron = options({});
  const std::string command = text.substr(line + 10, text.find('\n', line) - line - 10);
  cron.words = {"/bin/sh", "-c", command};
  const ProgramEnd end = run(cron);
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.output + end.errors, "") << "cron would mail it";
}

TEST_F(SchedulesWithoutSystemd, AreNoTimers) {
  configure_jobs();
  start_daemon();
  const ProgramEnd end = ctl({"timers"});
  EXPECT_EQ(end.code, 69);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("there is no systemd on this bus"), HasSubstr("orchestratorctl timers --cron")));
  EXPECT_EQ(ctl({"timers", "some.toml"}).code, 2);
  const ProgramEnd reload = ctl({"reload"});
  EXPECT_EQ(reload.code, 0);
  EXPECT_EQ(reload.output + reload.errors, "");
}

TEST_F(SchedulesWithoutSystemd, AreNamedAsWhoStartedARun) {
  configure_jobs();
  start_daemon();
  const std::string me = " (uid " + std::to_string(::geteuid()) + ")";
  EXPECT_EQ(ctl({"run", "quick"}, "orchestrator-job-quick.timer").code, 0);
  EXPECT_THAT(ctl({"show", "quick"}).output, HasSubstr(", started by orchestrator-job-quick.timer" + me + "\n"));
  EXPECT_THAT(ctl({"show", "quick", "--json"}).output, HasSubstr("\"started_by\":\"orchestrator-job-quick.timer" + me + "\""));
  EXPECT_EQ(ctl({"run", "quick"}, "some.path").code, 0);
  EXPECT_THAT(ctl({"show", "quick"}).output, HasSubstr(", started by uid "));
}

TEST_F(SchedulesWithoutSystemd, AreNamedByTheOneShotToo) {
  configure(job("srv", "daily"));
  ProgramOptions once = options({"--once", "srv", "--json", "--quiet"});
  once.environment["TRIGGER_UNIT"] = "mine.timer";
  EXPECT_THAT(run(once).output, HasSubstr("\"started_by\":\"mine.timer (uid "));
}

}  // namespace
}  // namespace orchestrator::test
