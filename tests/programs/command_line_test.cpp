#include "programs/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string error_of(std::vector<std::string> arguments) {
  try {
    [[maybe_unused]] const CommandLine line = parse_command_line(std::move(arguments));
  } catch (const UsageError& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return error.what();
  }
  return "";
}

TEST(CommandLine, ReadsAllOptionsOfOnce) {
  const CommandLine line = parse_command_line({"--once", "srv", "--config", "a.toml", "--concurrency=3", "--timeout",
                                               "1h30m", "--dry-run", "--json", "--verbose", "--strict"});
  EXPECT_EQ(line.action, Action::Once);
  EXPECT_EQ(line.job, "srv");
  EXPECT_EQ(line.config, "a.toml");
  EXPECT_EQ(line.concurrency, 3U);
  EXPECT_EQ(line.timeout, 90min);
  EXPECT_TRUE(line.dry_run);
  EXPECT_TRUE(line.json);
  EXPECT_TRUE(line.verbose);
  EXPECT_FALSE(line.quiet);
  EXPECT_TRUE(line.strict);
}

TEST(CommandLine, ReadsTheOtherActions) {
  EXPECT_EQ(parse_command_line({"--check"}).action, Action::Check);
  EXPECT_EQ(parse_command_line({"--list"}).action, Action::List);
  EXPECT_EQ(parse_command_line({"--print-config"}).action, Action::PrintConfig);
  EXPECT_EQ(parse_command_line({"--init"}).action, Action::Init);
  EXPECT_EQ(parse_command_line({"--version"}).action, Action::Version);
  const CommandLine trust = parse_command_line({"--trust", "nas", "--fingerprint", "SHA256:abc"});
  EXPECT_EQ(trust.action, Action::Trust);
  EXPECT_EQ(trust.host, "nas");
  EXPECT_EQ(trust.fingerprint, "SHA256:abc");
}

TEST(CommandLine, KeepsALogForTheDaemonAlone) {
  EXPECT_EQ(parse_command_line({"--log", "/var/log/x"}).log, "/var/log/x");
  EXPECT_THAT(error_of({"--log", "/var/log/x", "--once", "srv"}), HasSubstr("'--log' is for the daemon alone"));
}

TEST(CommandLine, ReconcilesAllHostsOrOne) {
  EXPECT_EQ(parse_command_line({"--reconcile"}).action, Action::Reconcile);
  EXPECT_EQ(parse_command_line({"--reconcile"}).host, "");
  EXPECT_EQ(parse_command_line({"--reconcile", "nas"}).host, "nas");
  EXPECT_TRUE(parse_command_line({"--reconcile", "nas", "--json"}).json);
  EXPECT_THAT(error_of({"--reconcile", "--strict"}), HasSubstr("'--strict' needs '--once JOB'"));
}

TEST(CommandLine, TellsEveryExitCodeInItsHelp) {
  const std::string help = help_text();
  const std::string codes = help.substr(help.find("Exit codes"));
  for (const char* code : {"0 ", "1 ", "2 ", "3 ", "4 ", "5 ", "6 ", "7 ", "8 ", "129", "130", "143"}) {
    EXPECT_THAT(codes, testing::ContainsRegex(std::string("[ \n]") + code)) << code;
  }
}

TEST(CommandLine, AnswersHelpWhateverElseIsThere) {
  EXPECT_EQ(parse_command_line({"--once", "srv", "--help"}).action, Action::Help);
  EXPECT_EQ(parse_command_line({"-h", "--dry-run"}).action, Action::Help);
}

TEST(CommandLine, ServesWhenNothingElseIsAsked) {
  EXPECT_EQ(parse_command_line({}).action, Action::Daemon);
  EXPECT_FALSE(parse_command_line({"--config", "x"}).user_bus);
  EXPECT_EQ(parse_command_line({"--config", "x"}).action, Action::Daemon);
  EXPECT_TRUE(parse_command_line({"--user"}).user_bus);
  EXPECT_THAT(error_of({"--once", "srv", "--user"}), HasSubstr("'--user' is for the daemon alone"));
  EXPECT_THAT(error_of({"--quiet"}), HasSubstr("'--quiet' needs '--once JOB'"));
}

TEST(CommandLine, NamesTheNearestOption) {
  EXPECT_EQ(error_of({"--once", "srv", "--dryrun"}), "unknown option '--dryrun', did you mean '--dry-run'?");
  EXPECT_EQ(error_of({"--jsn", "--once", "srv"}), "unknown option '--jsn', did you mean '--json'?");
  EXPECT_EQ(error_of({"--confg=x", "--check"}), "unknown option '--confg', did you mean '--config'?");
  EXPECT_EQ(error_of({"--frobnicate"}), "unknown option '--frobnicate'");
}

TEST(CommandLine, RefusesWhatIsNoOption) {
  EXPECT_EQ(error_of({"run", "srv"}), "unexpected argument 'run'");
  EXPECT_EQ(error_of({"--once", "a", "b"}), "unexpected argument 'b'");
}

TEST(CommandLine, RefusesWhatContradictsItself) {
  EXPECT_EQ(error_of({"--check", "--list"}), "'--check' and '--list' exclude each other");
  EXPECT_EQ(error_of({"--once", "a", "--check"}), "'--once' and '--check' exclude each other");
  EXPECT_EQ(error_of({"--once", "a", "--verbose", "--quiet"}), "'--verbose' and '--quiet' exclude each other");
  EXPECT_EQ(error_of({"--check", "--dry-run"}), "'--dry-run' needs '--once JOB'");
  EXPECT_EQ(error_of({"--check", "--fingerprint", "SHA256:x"}), "'--fingerprint' needs '--trust HOST'");
}

TEST(CommandLine, RefusesValuesOutOfRange) {
  EXPECT_THAT(error_of({"--once", "a", "--concurrency", "0"}), HasSubstr("from 1 to 1000, not '0'"));
  EXPECT_THAT(error_of({"--once", "a", "--concurrency", "1001"}), HasSubstr("not '1001'"));
  EXPECT_THAT(error_of({"--once", "a", "--concurrency", "3x"}), HasSubstr("not '3x'"));
  EXPECT_THAT(error_of({"--once", "a", "--concurrency", "-1"}), HasSubstr("not '-1'"));
  EXPECT_THAT(error_of({"--once", "a", "--timeout", "5"}), HasSubstr("--timeout"));
  EXPECT_THAT(error_of({"--once", "a", "--timeout", "0s"}), HasSubstr("--timeout"));
}

TEST(CommandLine, RefusesMissingAndDoubleValues) {
  EXPECT_EQ(error_of({"--once"}), "'--once' needs a value");
  EXPECT_EQ(error_of({"--once", "a", "--once", "b"}), "'--once' is given more than once");
  EXPECT_EQ(error_of({"--once", ""}), "'--once' needs a job's name");
  EXPECT_EQ(error_of({"--once", "a", "--dry-run=x"}), "'--dry-run' takes no value");
  EXPECT_THAT(error_of({"--once", "a", "--config", ""}), HasSubstr("--config"));
}

TEST(CommandLine, ListsEveryOptionInItsHelp) {
  for (const char* option : {"--once", "--config", "--concurrency", "--timeout", "--dry-run", "--json", "--verbose",
                             "--quiet", "--strict", "--check", "--list", "--print-config", "--init", "--trust",
                             "--fingerprint", "--version", "--help"}) {
    EXPECT_THAT(help_text(), HasSubstr(option));
  }
}

}  // namespace
}  // namespace orchestrator
