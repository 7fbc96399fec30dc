// `kill -9` of `orchestratord --once`, and what the next start finds, ends and says.
#include <csignal>
#include <sys/prctl.h>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class Interrupted : public ProgramTest {
 protected:
  // The orphans of a killed program are pid 1's, whatever tests ran in this process before.
  Interrupted() { ::prctl(PR_SET_CHILD_SUBREAPER, 0); }

  /// A job that obeys nothing but KILL, with a child that has left its group.
  void configure_stubborn(const std::string& host_table = "", const std::string& where = "") const {
    const std::string mark = folder().string();
    const std::string escapee = where.empty() ? "setsid sh -c 'sleep 1000; : " + mark + "' & " : "";
    configure(host_table + "[jobs.srv]\ntype = \"command\"\nshell = \"trap '' HUP INT TERM; " + escapee + "echo ready; while :; do sleep 1; done; : " + mark + "\"\n" + where +
              "\n[jobs.next]\ntype = \"command\"\ncommand = [\"true\"]\n" + where + "\n");
  }

  /// Runs the job, and kills its orchestrator.
  void interrupt() const {
    ProgramRun running(options({"--once", "srv", "--verbose"}));
    ASSERT_TRUE(running.wait_for("ready"));
    running.signal(SIGKILL);
    EXPECT_EQ(running.wait().signal, SIGKILL);
  }
  [[nodiscard]] std::vector<std::string> alive() const { return processes_that_mention(folder()); }
};

TEST_F(Interrupted, TheNextRunEndsWhatWasLeftHere) {
  configure_stubborn();
  interrupt();
  const ProgramEnd next = run({"--once", "next", "--verbose"});
  EXPECT_EQ(next.code, 0) << next.output << next.errors;
  EXPECT_THAT(next.output + next.errors, HasSubstr("of job 'srv' was interrupted: its orchestrator died"));
  EXPECT_THAT(alive(), IsEmpty());
  const ProgramEnd nothing = run({"--reconcile"});
  EXPECT_EQ(nothing.code, 0);
  EXPECT_EQ(nothing.output + nothing.errors, "");
}

TEST_F(Interrupted, ReconcileEndsWhatWasLeftHereAndSaysSo) {
  configure_stubborn();
  interrupt();
  const ProgramEnd end = run({"--reconcile"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_THAT(end.output, AllOf(HasSubstr("was interrupted"), HasSubstr("gone here: ")));
  EXPECT_THAT(alive(), IsEmpty());
  EXPECT_THAT(std::filesystem::directory_iterator(folder() / "state/instances"),
              testing::Eq(std::filesystem::directory_iterator()))
      << "nothing is left to be known";
}

TEST_F(Interrupted, ReconcileSpeaksJson) {
  configure_stubborn();
  interrupt();
  const ProgramEnd end = run({"--reconcile", "--json"});
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.output, AllOf(HasSubstr("\"type\":\"reconciled\""), HasSubstr("\"job\":\"srv\""),
                                HasSubstr("\"all_gone\":true")));
}

TEST_F(Interrupted, TheLivingAreLeftAlone) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"echo ready; sleep 1000; : " + folder().string() +
            "\"\n[jobs.next]\ntype = \"command\"\ncommand = [\"true\"]\n");
  ProgramRun running(options({"--once", "srv", "--verbose"}));
  ASSERT_TRUE(running.wait_for("ready"));
  const ProgramEnd end = run({"--reconcile"});
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.output, "");
  EXPECT_EQ(run({"--once", "next"}).code, 0);
  EXPECT_THAT(alive(), testing::Not(IsEmpty()));
  running.signal(SIGTERM);
  EXPECT_EQ(running.wait().code, 143);
}

TEST_F(Interrupted, TheNextRunEndsWhatWasLeftOnAnotherMachine) {
  Sshd sshd;
  configure_stubborn(host_table(sshd.host()), "host = \"nas\"");
  interrupt();
  const ProgramEnd next = run({"--once", "next"});
  EXPECT_EQ(next.code, 0) << next.output << next.errors;
  const ProgramEnd nothing = run({"--reconcile", "nas"});
  EXPECT_EQ(nothing.code, 0) << nothing.output << nothing.errors;
  EXPECT_EQ(nothing.output + nothing.errors, "");
}

TEST_F(Interrupted, AHostThatIsAwayIsNotConfirmed) {
  {
    Sshd sshd;
    configure_stubborn(host_table(sshd.host()), "host = \"nas\"");
    interrupt();
    sshd.kill();
    const ProgramEnd end = run({"--reconcile", "nas"});
    EXPECT_EQ(end.code, 7) << end.output << end.errors;
    EXPECT_THAT(end.output, HasSubstr("cannot look for what dead runs left on 'nas': "));
  }
  Sshd back;
  configure_stubborn(host_table(back.host()), "host = \"nas\"");
  const ProgramEnd end = run({"--reconcile"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("gone on 'nas': "));
}

TEST_F(Interrupted, ReconcileKnowsItsHosts) {
  configure_stubborn();
  const ProgramEnd end = run({"--reconcile", "mars"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, HasSubstr("mars"));
}

}  // namespace
}  // namespace orchestrator::test
