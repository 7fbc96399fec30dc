// What `orchestratord` does without running anything.
#include <fcntl.h>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Inspect : public ProgramTest {};

TEST_F(Inspect, ChecksAGoodConfiguration) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"true\"\n");
  const ProgramEnd end = run({"--check"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.output, AllOf(StartsWith("1 job and 0 hosts in '"), EndsWith("no mistakes found\n")));
}

TEST_F(Inspect, ShowsAllThatIsWrong) {
  configure("[jobs.srv]\ntype = \"command\"\ncomand = \"x\"\n[hosts.nas]\nport = 70000\n");
  const ProgramEnd end = run({"--check"});
  EXPECT_EQ(end.code, 2);
  EXPECT_EQ(end.output, "");
  EXPECT_THAT(end.errors, AllOf(HasSubstr("did you mean 'command'?"), HasSubstr("hosts.nas.port")));
}

TEST_F(Inspect, ShowsTheMistakesOfAJobBesideThoseOfOthers) {
  configure("[hosts.nas]\naddress = \"nas.lan\"\n[hosts.broken]\nport = 70000\n"
            "[jobs.first]\ntype = \"command\"\ncomand = \"x\"\n"
            "[jobs.second]\ntype = \"command\"\nhost = \"nas\"\ncommand = [\"true\"]\ndirectory = \"~/x\"\n"
            "[jobs.third]\ntype = \"rsync\"\nsource = \"/a\"\ntarget = \"broken:/b\"\n");
  const ProgramEnd end = run({"--check"});
  EXPECT_EQ(end.code, 2);
  // What the job's own type says of it, and no guesses about a job whose host is not known.
  EXPECT_THAT(end.errors, AllOf(HasSubstr("hosts.broken.port"), HasSubstr("did you mean 'command'?"),
                                HasSubstr("jobs.second.directory"), Not(HasSubstr("jobs.third"))));
  EXPECT_LT(end.errors.find("jobs.first"), end.errors.find("jobs.second"));
}

TEST_F(Inspect, RefusesARelativePathHere) {
  configure("[jobs.srv]\ntype = \"rsync\"\nsource = [\"documents/\", \"~/music\"]\ntarget = \"./backup:1\"\n");
  const ProgramEnd end = run({"--check"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("toml:3:"), HasSubstr("'documents/' is a relative path here"), HasSubstr("toml:4:"),
                                HasSubstr("'./backup:1' is a relative path here"), HasSubstr("begin it with '/' or '~/'")));
}

TEST_F(Inspect, SaysThatItCouldNotPrint) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"true\"\n");
  for (const std::string action : {"--check", "--list", "--print-config", "--help", "--version"}) {
    ProgramOptions full = options({action});
    full.output = ProgramOutput::FullDisk;
    const ProgramEnd end = run(full);
    EXPECT_EQ(end.code, 1) << action;
    EXPECT_THAT(end.errors, HasSubstr("cannot write to stdout: No space left on device"));
  }
}

TEST_F(Inspect, ListsTheJobs) {
  configure(
      "[jobs.srv]\ntype = \"command\"\nshell = \"true\"\ndescription = \"evil\\u001b[2J\"\n"
      "[jobs.reindex]\ntype = \"command\"\nshell = \"true\"\n");
  const ProgramEnd end = run({"--list"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_EQ(end.output, "srv      command  evil\\x1b[2J\nreindex  command\n");
}

TEST_F(Inspect, PrintsAConfigurationThatReadsTheSame) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"true\"\n");
  const ProgramEnd first = run({"--print-config"});
  EXPECT_EQ(first.code, 0) << first.errors;
  configure(first.output);
  const ProgramEnd second = run({"--check"});
  EXPECT_EQ(second.code, 0) << second.errors;
}

TEST_F(Inspect, WritesAFirstFileAndNeverOverOne) {
  const ProgramEnd first = run({"--init"});
  EXPECT_EQ(first.code, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr(folder() / "orchestrator.toml"));
  EXPECT_EQ(run({"--check"}).code, 0);
  const std::string written = read_file(folder() / "orchestrator.toml");
  const ProgramEnd second = run({"--init"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.errors, HasSubstr("exists and is left alone"));
  EXPECT_EQ(read_file(folder() / "orchestrator.toml"), written);
}

TEST_F(Inspect, WantsAConfigurationToServe) {
  const ProgramEnd end = run(std::vector<std::string>());
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("there is no configuration"), HasSubstr("--init")));
}

TEST_F(Inspect, RefusesUnknownOptionsWithAPointerToTheHelp) {
  const ProgramEnd end = run({"--once", "srv", "--dryrun"});
  EXPECT_EQ(end.code, 2);
  EXPECT_EQ(end.errors,
            "orchestratord: unknown option '--dryrun', did you mean '--dry-run'?\n"
            "orchestratord: see 'orchestratord --help'\n");
}

}  // namespace
}  // namespace orchestrator::test
