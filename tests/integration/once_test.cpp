// `orchestratord --once` from end to end, without a terminal: against a real sshd and a real rsync.
#include <csignal>
#include <fstream>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Once : public ProgramTest {
 protected:
  void configure_push(const std::string& lines = "") {
    configure(host_table(sshd_.host()) + rsync_job("nas:" + arrived().string() + "/", lines));
  }
  [[nodiscard]] fs::path arrived() const { return folder() / "arrived"; }

  Sshd sshd_;
};

TEST_F(Once, BringsATreeToAnotherMachine) {
  make_source(200, 1000);
  configure_push();
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_EQ(contents(arrived()), contents(source()));
  EXPECT_THAT(end.output, AllOf(StartsWith("srv: succeeded after "), HasSubstr("  log        ")));
  EXPECT_THAT(end.errors, HasSubstr("srv: syncing\n"));
  EXPECT_THAT(end.output + end.errors, Not(HasSubstr("\x1b"))) << "no colour and no bar without a terminal";
}

TEST_F(Once, FetchesATreeFromAnotherMachine) {
  make_source(50, 1000);
  configure(host_table(sshd_.host()) + "[jobs.srv]\ntype = \"rsync\"\nsource = \"nas:" + source().string() +
            "/\"\ntarget = \"" + arrived().string() + "/\"\n");
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_EQ(contents(arrived()), contents(source()));
}

TEST_F(Once, SaysThatItsReportCouldNotBePrinted) {
  make_source(5, 100);
  configure_push();
  ProgramOptions full = options({"--once", "srv"});
  full.output = ProgramOutput::FullDisk;
  const ProgramEnd end = run(full);
  EXPECT_EQ(end.code, 1) << end.errors;
  EXPECT_EQ(contents(arrived()), contents(source()));
  EXPECT_THAT(end.errors, HasSubstr("cannot write to stdout: No space left on device; what was printed is not complete\n"));
}

TEST_F(Once, DoesNotWriteIntoWhatAnotherJobWrites) {
  make_source(20, 100'000);
  fs::create_directories(arrived() / "sub");
  fs::create_directory_symlink(arrived() / "sub", folder() / "link");
  const std::string inner = "[jobs.inner]\ntype = \"rsync\"\nsource = \"" + source().string() + "/folder1\"\ntarget = \"" +
                            (folder() / "link").string() + "/\"\n";
  configure(rsync_job(arrived().string() + "/", "bandwidth_limit = \"10kB\"") + inner);
  ProgramRun outer(options({"--once", "srv"}));
  ASSERT_TRUE(outer.wait_for("srv: syncing"));
  const ProgramEnd end = run({"--once", "inner"});
  EXPECT_EQ(end.code, 4) << end.output << end.errors;
  EXPECT_THAT(end.errors, AllOf(HasSubstr("is being written by another run: held by run"), HasSubstr("of job 'srv'")));
  outer.signal(SIGTERM);
  EXPECT_EQ(outer.wait().code, 143);
  EXPECT_EQ(run({"--once", "inner"}).code, 0);
}

TEST_F(Once, IsSilentWhenQuietAndAllIsWell) {
  make_source(5, 100);
  configure_push();
  const ProgramEnd end = run({"--once", "srv", "--quiet"});
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.output + end.errors, "");
  EXPECT_EQ(contents(arrived()), contents(source()));
}

TEST_F(Once, SaysWhatFailedWhenQuiet) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"echo it broke >&2; exit 3\"\n");
  const ProgramEnd end = run({"--once", "srv", "--quiet"});
  EXPECT_EQ(end.code, 1);
  EXPECT_EQ(end.output, "");
  EXPECT_THAT(end.errors, AllOf(HasSubstr("exit code 3"), HasSubstr("    | it broke\n"), HasSubstr("  command    ")));
}

TEST_F(Once, WorksInTheEnvironmentOfCron) {
  make_source(5, 100);
  configure_push();
  ProgramOptions cron = options({"--once", "srv", "--config", folder() / "orchestrator.toml"});
  cron.environment = {{"PATH", "/usr/bin:/bin"}, {"ORCHESTRATOR_STATE", folder() / "state"}};
  const ProgramEnd end = run(cron);
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_EQ(contents(arrived()), contents(source()));
}

TEST_F(Once, ADryRunShowsAllAndChangesNothing) {
  make_source(5, 100);
  fs::create_directories(arrived());
  std::ofstream(arrived() / "old") << "to be deleted";
  configure_push("delete = true");
  const std::vector<std::string> before = snapshot(folder());
  const ProgramEnd end = run({"--once", "srv", "--dry-run"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_EQ(snapshot(folder()), before) << "modification times too";
  EXPECT_THAT(end.output, AllOf(HasSubstr("nothing was changed"), HasSubstr("rsync -a --delete"),
                                HasSubstr("writes     " + arrived().string()), HasSubstr("on nas")));
  EXPECT_THAT(end.errors, HasSubstr("*deleting   old")) << "what would change is what a dry run is for";
}

TEST_F(Once, WritesNothingButJsonLines) {
  make_source(5, 100);
  configure_push();
  const ProgramEnd end = run({"--once", "srv", "--json"});
  EXPECT_EQ(end.code, 0);
  EXPECT_EQ(end.errors, "");
  EXPECT_THAT(end.output, StartsWith("{\"schema\":1,\"type\":\"began\""));
  EXPECT_THAT(last_line(end.output), AllOf(StartsWith("{\"schema\":1,\"type\":\"result\""), HasSubstr("\"exit_code\":0")));
}

TEST_F(Once, EndsJsonWithAResultEvenWhenTheConfigurationIsWrong) {
  configure("[jobs.srv]\ntype = \"rsink\"\n");
  const ProgramEnd end = run({"--once", "srv", "--json"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(last_line(end.output), AllOf(HasSubstr("\"exit_code\":2"), HasSubstr("\"failure\":\"configuration\"")));
}

TEST_F(Once, IsBusyWhileAnotherOneRuns) {
  configure("[jobs.srv]\ntype = \"command\"\ncommand = [\"sleep\", \"1000\"]\n");
  ProgramRun first(options({"--once", "srv"}));
  ASSERT_TRUE(first.wait_for("srv: syncing"));
  const ProgramEnd second = run({"--once", "srv"});
  EXPECT_EQ(second.code, 4) << second.output << second.errors;
  EXPECT_THAT(second.errors, AllOf(HasSubstr("running already"), HasSubstr("pid " + std::to_string(first.pid())))) << "names the holder";
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait().code, 143);
}

TEST_F(Once, TimesOut) {
  configure("[jobs.srv]\ntype = \"command\"\ncommand = [\"sleep\", \"1000\"]\n");
  const ProgramEnd end = run({"--once", "srv", "--timeout", "300ms"});
  EXPECT_EQ(end.code, 5) << end.output << end.errors;
  EXPECT_THAT(end.output, AllOf(StartsWith("srv: timed out after "), HasSubstr("nothing left here")));
}

TEST_F(Once, RunsWithStdoutClosed) {
  make_source(5, 100);
  configure_push();
  ProgramOptions closed = options({"--once", "srv"});
  closed.output = ProgramOutput::Closed;
  const ProgramEnd end = run(closed);
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_EQ(contents(arrived()), contents(source()));
}

TEST_F(Once, EndsThoughNobodyReadsItsOutput) {
  make_source(5, 100);
  configure_push();
  ProgramOptions full = options({"--once", "srv"});
  full.output = ProgramOutput::NobodyReads;
  const ProgramEnd end = run(full);
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_EQ(contents(arrived()), contents(source()));
}

TEST_F(Once, GoesOnWhenItsReaderGoesAway) {
  make_source(300, 1000);
  configure_push("bandwidth_limit = \"300kB\"");
  ProgramRun running(options({"--once", "srv", "--json"}));
  ASSERT_TRUE(running.wait_for("\"syncing\""));
  running.stop_reading();
  EXPECT_EQ(running.wait().code, 0);
  EXPECT_EQ(contents(arrived()), contents(source()));
}

}  // namespace
}  // namespace orchestrator::test
