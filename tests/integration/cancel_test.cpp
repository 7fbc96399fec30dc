// Ctrl-C and its relatives, in the middle of an rsync to another machine: what is said is true, and nothing is left.
#include <chrono>
#include <csignal>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;

// So slow that a sanitized build on a busy machine is far from it.
constexpr auto kSoon = 10s;

class Cancel : public ProgramTest {
 protected:
  // A tree that takes minutes at this speed.
  void configure_slow_push(const std::string& lines = "") {
    make_source(1000, 20'000);
    configure(host_table(sshd_.host()) +
              rsync_job("nas:" + arrived().string() + "/", "bandwidth_limit = \"100kB\"\n" + lines));
  }
  [[nodiscard]] fs::path arrived() const { return folder() / "arrived"; }

  // Until bytes have moved. Only JSON tells that without a terminal within less than half a minute.
  [[nodiscard]] static bool wait_for_bytes(ProgramRun& running) { return running.wait_for("\"bytes\":"); }

  Sshd sshd_;
};

TEST_F(Cancel, CtrlCStopsBothSidesAndSaysSo) {
  configure_slow_push();
  ProgramRun running(options({"--once", "srv"}));
  ASSERT_TRUE(running.wait_for("srv: syncing"));
  const auto begin = std::chrono::steady_clock::now();
  running.signal(SIGINT);
  const ProgramEnd end = running.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kSoon);
  EXPECT_EQ(end.code, 130) << end.output << end.errors;
  EXPECT_THAT(end.errors, ContainsRegex("\\^C: stopping 'srv'.*; again to kill\n"));
  EXPECT_THAT(end.output, ContainsRegex("^srv: cancelled after .*; nothing left here or on nas\n"));
  EXPECT_THAT(processes_that_mention(arrived()), IsEmpty());
}

TEST_F(Cancel, CtrlCInTheMiddleOfTheTransferLeavesNoTemporaryFiles) {
  configure_slow_push();
  ProgramRun running(options({"--once", "srv", "--json"}));
  ASSERT_TRUE(wait_for_bytes(running));
  EXPECT_THAT(processes_that_mention(arrived()), testing::Not(IsEmpty())) << "rsync runs on both sides";
  running.signal(SIGINT);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 130);
  EXPECT_THAT(end.output, HasSubstr("\"type\":\"stopping\""));
  EXPECT_THAT(last_line(end.output), AllOf(HasSubstr("\"state\":\"cancelled\""), HasSubstr("\"exit_code\":130"),
                                           HasSubstr("\"leftovers\":[]")));
  EXPECT_THAT(processes_that_mention(arrived()), IsEmpty());
  for (const auto& entry : fs::recursive_directory_iterator(arrived())) {
    EXPECT_NE(entry.path().filename().string().front(), '.') << entry.path() << " is a stray temporary name";
  }
}

TEST_F(Cancel, ASecondCtrlCKills) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"trap '' TERM; echo ready; while :; do sleep 1; done; : " +
            folder().string() + "\"\nstop = [\"TERM\", \"1h\", \"KILL\"]\n");
  ProgramRun running(options({"--once", "srv", "--verbose"}));
  ASSERT_TRUE(running.wait_for("ready"));
  running.signal(SIGINT);
  ASSERT_TRUE(running.wait_for("again to kill"));
  // Not the same signal: that one counts once within a tenth of a second.
  running.signal(SIGTERM);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 130) << "the first reason is kept";
  EXPECT_THAT(end.errors, HasSubstr("killing 'srv'"));
  EXPECT_THAT(end.output, HasSubstr("nothing left here\n"));
  EXPECT_THAT(processes_that_mention(folder()), IsEmpty());
}

TEST_F(Cancel, SigtermEndsWith143) {
  configure_slow_push();
  ProgramRun running(options({"--once", "srv"}));
  ASSERT_TRUE(running.wait_for("srv: syncing"));
  running.signal(SIGTERM);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 143);
  EXPECT_THAT(end.errors, HasSubstr("SIGTERM: stopping 'srv'"));
  EXPECT_THAT(processes_that_mention(arrived()), IsEmpty());
}

TEST_F(Cancel, ATimeoutEndsBothSides) {
  configure_slow_push();
  const ProgramEnd end = run({"--once", "srv", "--timeout", "2s"});
  EXPECT_EQ(end.code, 5) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("nothing left here or on nas"));
  EXPECT_THAT(processes_that_mention(arrived()), IsEmpty());
}

TEST_F(Cancel, SighupEndsWith129) {
  configure("[jobs.srv]\ntype = \"command\"\ncommand = [\"sleep\", \"1000\"]\n");
  ProgramRun running(options({"--once", "srv"}));
  ASSERT_TRUE(running.wait_for("srv: syncing"));
  running.signal(SIGHUP);
  EXPECT_EQ(running.wait().code, 129);
}

TEST_F(Cancel, SighupIsIgnoredUnderNohup) {
  configure("[jobs.srv]\ntype = \"command\"\ncommand = [\"sleep\", \"1000\"]\n");
  ProgramOptions nohup = options({"--once", "srv"});
  nohup.ignores_hangup = true;
  ProgramRun running(nohup);
  ASSERT_TRUE(running.wait_for("srv: syncing"));
  running.signal(SIGHUP);
  running.signal(SIGTERM);
  EXPECT_EQ(running.wait().code, 143) << "the first one that counts";
}

TEST_F(Cancel, BeforeAnythingIsStartedIsClean) {
  configure_slow_push();
  ProgramRun running(options({"--once", "srv"}));
  ASSERT_TRUE(running.wait_for("srv: checking"));
  running.signal(SIGINT);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 130) << end.output << end.errors;
  EXPECT_FALSE(fs::exists(arrived()));
}

}  // namespace
}  // namespace orchestrator::test
