#include "programs/control/control_line.hpp"

#include <gmock/gmock.h>

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

std::string control_error_of(std::vector<std::string> arguments) {
  try {
    (void)parse_control_line(std::move(arguments));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(ControlLine, ReadsAllOptionsOfRun) {
  const ControlLine line = parse_control_line({"--user", "run", "srv", "--no-wait", "--follow", "--timeout", "1h", "--dry-run",
                                               "--strict", "--concurrency", "3", "--json", "--no-pager"});
  EXPECT_EQ(line.action, ControlAction::Run);
  EXPECT_EQ(line.name, "srv");
  EXPECT_TRUE(line.user_bus);
  EXPECT_FALSE(line.waits);
  EXPECT_TRUE(line.follow);
  EXPECT_EQ(line.timeout, 1h);
  EXPECT_TRUE(line.dry_run);
  EXPECT_TRUE(line.strict);
  EXPECT_EQ(line.concurrency, 3U);
  EXPECT_TRUE(line.json);
}

TEST(ControlLine, ReadsTheOtherCommands) {
  EXPECT_EQ(parse_control_line({"cancel", "0815", "--kill"}).action, ControlAction::Cancel);
  EXPECT_TRUE(parse_control_line({"cancel", "0815", "--kill"}).kill);
  EXPECT_EQ(parse_control_line({"status"}).action, ControlAction::Status);
  EXPECT_EQ(parse_control_line({"list", "--user"}).action, ControlAction::List);
  EXPECT_EQ(parse_control_line({"runs", "-n", "5"}).limit, 5U);
  EXPECT_EQ(parse_control_line({"show", "latest"}).name, "latest");
  EXPECT_TRUE(parse_control_line({"logs", "srv", "-f"}).follow);
  EXPECT_EQ(parse_control_line({"wait", "srv"}).action, ControlAction::Wait);
  EXPECT_EQ(parse_control_line({"last", "srv", "--max-age", "26h"}).max_age, 26h);
  EXPECT_EQ(parse_control_line({"reconcile", "nas"}).name, "nas");
  EXPECT_EQ(parse_control_line({"tasks"}).action, ControlAction::Tasks);
  EXPECT_EQ(parse_control_line({"check", "a.toml"}).file, "a.toml");
  EXPECT_EQ(parse_control_line({"timers"}).action, ControlAction::Timers);
  EXPECT_TRUE(parse_control_line({"timers", "--cron", "a.toml"}).cron);
  EXPECT_THAT(control_error_of({"timers", "a.toml"}), HasSubstr("needs '--cron'"));
  EXPECT_EQ(parse_control_line({"reload"}).action, ControlAction::Reload);
  EXPECT_EQ(parse_control_line({"version"}).action, ControlAction::Version);
}

TEST(ControlLine, ShowsHelpOfAllAndOfOne) {
  EXPECT_THAT(parse_control_line({"--help"}).help, AllOf(HasSubstr("reconcile"), HasSubstr("69 no daemon")));
  const ControlLine run = parse_control_line({"run", "--help"});
  EXPECT_EQ(run.action, ControlAction::Help);
  EXPECT_THAT(run.help, HasSubstr("--no-wait"));
}

TEST(ControlLine, RefusesWhatMakesNoSense) {
  EXPECT_THAT(control_error_of({}), HasSubstr("nothing to do"));
  EXPECT_NE(control_error_of({"run"}), "none");
  EXPECT_NE(control_error_of({"fly"}), "none");
  EXPECT_NE(control_error_of({"list", "--nonsense"}), "none");
  EXPECT_THAT(control_error_of({"list", "--user", "--system"}), HasSubstr("exclude each other"));
  EXPECT_THAT(control_error_of({"run", "srv", "--wait", "--no-wait"}), HasSubstr("exclude each other"));
  EXPECT_THAT(control_error_of({"run", "srv", "--concurrency", "0"}), HasSubstr("1 to 1000"));
  EXPECT_THAT(control_error_of({"last", "srv", "--max-age", "soon"}), HasSubstr("'--max-age'"));
}

}  // namespace
}  // namespace orchestrator::test
