#include <gmock/gmock.h>

#include "orchestrator/tasks/scope.hpp"
#include "tests/jobs/rsync_fixture.hpp"

namespace orchestrator::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CommandForReal : public RsyncTest {
 protected:
  Outcome run(const std::string& job_keys) {
    const std::unique_ptr<Job> job = make_item("type = \"command\"\n" + job_keys);
    Outcome outcome;
    loop_.run([&]() -> awaitable<void> { outcome = co_await run_job(*job, context_); });
    return outcome;
  }
};

TEST_F(CommandForReal, RunsInItsDirectoryWithItsEnvironmentAndUmask) {
  const Outcome outcome =
      run("shell = 'echo \"$WORD\" > made; umask'\ndirectory = " + quote_toml(to()) +
          "\nenvironment = { WORD = \"a b\" }\numask = \"077\"");
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(read_file(to() / "made"), "a b\n");
  EXPECT_THAT(context_.lines, ElementsAre("info: 0077"));
}

TEST_F(CommandForReal, ReadsAFile) {
  write_large("in", 3 << 20);
  const Outcome outcome =
      run("command = [\"cksum\"]\nstdin_file = " + quote_toml(directory_.path() / "in"));
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_THAT(context_.lines, ElementsAre(HasSubstr(" " + std::to_string(3 << 20))));
}

TEST_F(CommandForReal, MayReadLessThanItsWholeFile) {
  write_large("in", 3 << 20);
  EXPECT_TRUE(
      run("command = [\"true\"]\nstdin_file = " + quote_toml(directory_.path() / "in")).ok());
}

TEST_F(CommandForReal, TellsWhatItSaidWhenItFails) {
  const Outcome outcome = run("shell = \"echo no disk >&2; exit 4\"");
  EXPECT_THAT(outcome.error, HasSubstr("exit code 4\nno disk"));
}

TEST_F(CommandForReal, FindsAProgramInItsDirectoryByItsPath) {
  directory_.write("to/tool", "#!/bin/sh\necho ran\n");
  std::filesystem::permissions(to() / "tool", std::filesystem::perms::owner_all);
  const std::string keys = "command = [\"./tool\"]\ndirectory = ";
  EXPECT_TRUE(run(keys + quote_toml(to())).ok());
  EXPECT_THAT(run(keys + quote_toml(from())).problems, ElementsAre(HasSubstr("'./tool'")));
}

TEST_F(CommandForReal, LeavesNothingWhenCancelled) {
  const std::filesystem::path sleeper = directory_.path() / "sleeper";
  std::filesystem::create_symlink("/bin/sleep", sleeper);
  directory_.write("in", "x");
  const auto job = make_item("type = \"command\"\nshell = " +
                             quote_toml("echo ready; " + sleeper.string() + " 1000 & wait") +
                             "\nstdin_file = " + quote_toml(directory_.path() / "in"));
  CancelScope scope;
  context_.on_log = [&scope](const std::string& line) {
    if (line == "info: ready") scope.cancel(CancelReason{CancelCause::Operator, "test"});
  };
  ScopeEnd end = ScopeEnd::Finished;
  loop_.run([&]() -> awaitable<void> {
    auto sync = [&] { return job->sync(context_); };
    end = co_await with_cancel_scope(scope, std::move(sync));
  });
  EXPECT_EQ(end, ScopeEnd::Cancelled);
  EXPECT_THAT(processes_with(sleeper), IsEmpty());
}

}  // namespace
}  // namespace orchestrator::test
