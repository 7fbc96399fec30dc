// `orchestratorctl` against a daemon on a private bus.
#include <csignal>

#include "tests/integration/daemon_test.hpp"
#include "tests/support/paths.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class Control : public DaemonTest {
 protected:
  void SetUp() override {
    configure_jobs();
    start_daemon();
  }
  [[nodiscard]] ProgramOptions ctl_options(std::vector<std::string> arguments) const {
    ProgramOptions ctl = options(std::move(arguments));
    ctl.words.front() = program("orchestratorctl");
    ctl.words.emplace_back("--user");
    return ctl;
  }
  [[nodiscard]] ProgramEnd ctl(std::vector<std::string> arguments) const { return run(ctl_options(std::move(arguments))); }
};

TEST_F(Control, RunsAJobLikeTheOneShot) {
  const ProgramEnd end = ctl({"run", "quick"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.output, ContainsRegex("^quick: succeeded after .*"));
  const ProgramEnd quiet = ctl({"run", "quick", "--quiet"});
  EXPECT_EQ(quiet.output + quiet.errors, "");
  const ProgramEnd json = ctl({"run", "quick", "--json"});
  EXPECT_THAT(last_line(json.output), AllOf(HasSubstr("\"type\":\"result\""), HasSubstr("\"exit_code\":0")));
  const ProgramEnd dry = ctl({"run", "quick", "--dry-run"});
  EXPECT_EQ(dry.code, 0) << dry.errors;
}

TEST_F(Control, SaysThatItCouldNotPrint) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"list"}, {"run", "quick"}}) {
    ProgramOptions full = ctl_options(words);
    full.output = ProgramOutput::FullDisk;
    const ProgramEnd end = run(full);
    EXPECT_EQ(end.code, 1) << end.errors;
    EXPECT_THAT(end.errors, HasSubstr("orchestratorctl: cannot write to stdout: No space left on device"));
  }
}

TEST_F(Control, ShowsWhyARunFailed) {
  const ProgramEnd end = ctl({"run", "broken", "--follow"});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.errors, HasSubstr("oops"));
  const ProgramEnd show = ctl({"show", "broken"});
  EXPECT_EQ(show.code, 0) << show.errors;
  EXPECT_THAT(show.output, AllOf(HasSubstr("failed"), HasSubstr("exit code 3"), HasSubstr("oops"), HasSubstr("orchestratorctl logs")));
  EXPECT_THAT(ctl({"logs", "broken"}).output, AllOf(HasSubstr("oops"), HasSubstr("run_ended")));
  EXPECT_THAT(ctl({"logs", "broken", "--json"}).output, HasSubstr("{\"time\":"));
  const ProgramEnd last = ctl({"last", "broken", "--max-age", "26h"});
  EXPECT_EQ(last.code, 2);
  EXPECT_THAT(last.output, HasSubstr("CRITICAL: broken: failed"));
}

TEST_F(Control, PrintsTheIdAloneWhenItDoesNotWait) {
  const ProgramEnd end = ctl({"run", "quick", "--no-wait"});
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.output, MatchesRegex("[0-9a-f]{32}\n"));
  const std::string id = end.output.substr(0, 32);
  EXPECT_EQ(ctl({"wait", id}).code, 0);
  EXPECT_THAT(ctl({"runs"}).output, AllOf(HasSubstr(id.substr(0, 12)), HasSubstr("succeeded")));
  EXPECT_THAT(ctl({"runs", "--json"}).output, HasSubstr("\"run\":\"" + id + "\""));
}

TEST_F(Control, CtrlCCancelsTheRunAndWaitsForTheTruth) {
  ProgramRun running(ctl_options({"run", "slow", "--follow"}));
  ASSERT_TRUE(running.wait_for("begun"));
  running.signal(SIGINT);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 130) << end.errors;
  EXPECT_THAT(end.errors, HasSubstr("again to kill"));
  EXPECT_THAT(end.output, ContainsRegex("slow: cancelled after .*; nothing left here\n"));
  EXPECT_THAT(processes_that_mention(folder().string() + "\""), IsEmpty());
}

TEST_F(Control, AThirdCtrlCLeavesTheRunToTheDaemon) {
  configure("[jobs.slow]\ntype = \"command\"\nshell = \"trap '' TERM; echo begun; while :; do sleep 1; done; : " +
            folder().string() + "\"\nstop = [\"TERM\", \"1h\", \"KILL\"]\n");
  daemon().signal(SIGHUP);
  ASSERT_TRUE(daemon().wait_for("read the configuration again"));
  // A daemon that does not answer any more is what a third one is for.
  ProgramRun running(ctl_options({"run", "slow", "--follow"}));
  ASSERT_TRUE(running.wait_for("begun"));
  daemon().signal(SIGSTOP);
  running.signal(SIGINT);
  ASSERT_TRUE(running.wait_for("again to kill"));
  running.signal(SIGTERM);
  ASSERT_TRUE(running.wait_for("again to leave it"));
  running.signal(SIGTERM);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 10);
  EXPECT_THAT(end.errors, HasSubstr("goes on; see 'orchestratorctl status"));
  daemon().signal(SIGCONT);
}

TEST_F(Control, CancelEndsARunAndSomebodyElseHearsOfIt) {
  ProgramRun running(ctl_options({"run", "slow", "--follow"}));
  ASSERT_TRUE(running.wait_for("begun"));
  EXPECT_THAT(ctl({"status"}).output, AllOf(HasSubstr("1 run"), HasSubstr("slow"), HasSubstr("syncing")));
  EXPECT_THAT(ctl({"list"}).output, HasSubstr("command"));
  EXPECT_THAT(ctl({"tasks"}).output, HasSubstr("of 'slow'"));
  const ProgramEnd cancelled = ctl({"cancel", "slow", "--kill"});
  EXPECT_EQ(cancelled.code, 0) << cancelled.errors;
  EXPECT_THAT(cancelled.output, HasSubstr("nothing left here"));
  EXPECT_EQ(running.wait().code, 8) << "cancelled by somebody else";
}

TEST_F(Control, SaysThatTheDaemonDied) {
  ProgramRun running(ctl_options({"run", "slow", "--follow"}));
  ASSERT_TRUE(running.wait_for("begun"));
  daemon().signal(SIGKILL);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 9) << end.errors;
  EXPECT_THAT(end.errors, HasSubstr("the daemon ended before run"));
  start_daemon();
  ASSERT_TRUE(daemon().wait_for("interrupted")) << "it has ended what was left";
}

TEST_F(Control, HasTheExitCodesOfTheOneShotForRefusals) {
  EXPECT_EQ(ctl({"run", "slwo"}).code, 2);
  EXPECT_THAT(ctl({"run", "slwo"}).errors, HasSubstr("did you mean 'slow'?"));
  ASSERT_EQ(ctl({"run", "slow", "--no-wait"}).code, 0);
  EXPECT_EQ(ctl({"run", "slow"}).code, 4);
  EXPECT_EQ(ctl({"reload"}).code, 0);
  EXPECT_EQ(ctl({"check"}).code, 0);
  EXPECT_EQ(ctl({"reconcile"}).code, 0);
  configure("nonsense");
  EXPECT_EQ(ctl({"reload"}).code, 2);
  EXPECT_EQ(ctl({"check"}).code, 2);
  EXPECT_EQ(ctl({"fly"}).code, 2);
}

TEST_F(Control, SaysWhenThereIsNoDaemon) {
  EXPECT_THAT(ctl({"version"}).output, HasSubstr("orchestratord "));
  (void)end_daemon();
  const ProgramEnd end = ctl({"list"});
  EXPECT_EQ(end.code, 69);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("no daemon answers on the user's bus"), HasSubstr("orchestratord --user")));
  EXPECT_EQ(ctl({"last", "quick"}).code, 3) << "monitoring wants to hear that it is not known";
}

}  // namespace
}  // namespace orchestrator::test
