#include "jobs/command_job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/group_error.hpp"
#include "tests/jobs/job_fixtures.hpp"
#include "tests/support/fake_host.hpp"
#include "tests/support/fake_job_context.hpp"
#include "tests/support/virtual_loop.hpp"

namespace orchestrator::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Texts = std::vector<std::string>;

std::string words_of(const Command& command) { return describe(command.program); }

/// Answers of a machine on which everything is there; `facts` for each path that is asked for.
FakeCommand probe_answer(const Command& command, const std::string& facts) {
  const auto& words = std::get<ArgumentVector>(command.program).words;
  const std::size_t programs = std::stoul(words.at(4));
  constexpr std::size_t kFirst = 6;  // after the number, and whether quotas are looked for
  FakeCommand answer;
  for (std::size_t i = kFirst; i < words.size(); ++i) {
    answer.output += "=" + (i < kFirst + programs ? std::string("y") : facts) + "\n";
  }
  return answer;
}

bool is_probe(const Command& command) {
  const auto* words = std::get_if<ArgumentVector>(&command.program);
  return words != nullptr && words->words.size() > 3 && words->words[3] == "probe";
}

class CommandJobTest : public ::testing::Test {
 protected:
  Texts validate(const std::string& keys) {
    const auto job = make_item("type = \"command\"\n" + keys);
    Texts problems;
    run_virtually([&]() -> awaitable<void> {
      const std::vector<Problem> found = co_await job->validate(context_);
      for (const Problem& problem : found) problems.push_back(problem.what);
    });
    return problems;
  }

  void sync(const std::string& keys) {
    const auto job = make_item("type = \"command\"\n" + keys);
    run_virtually([&]() -> awaitable<void> { co_await job->sync(context_); });
  }

  std::string sync_error(const std::string& keys) {
    try {
      sync(keys);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "none";
  }

  static Texts errors(const std::string& keys) { return job_errors("type = \"command\"\n" + keys); }

  FakeHost here_;
  FakeHost nas_{"nas"};
  FakeJobContext context_{{&here_, &nas_}};
};

TEST_F(CommandJobTest, RunsTheWordsWhereItIsTold) {
  sync("host = \"nas\"\ncommand = [\"reindex\", \"--all\"]\ndirectory = \"srv\"\numask = \"027\"");
  ASSERT_EQ(nas_.started.size(), 1U);
  EXPECT_EQ(words_of(nas_.started[0]), "reindex --all");
  EXPECT_EQ(nas_.started[0].directory, "srv");
  EXPECT_EQ(nas_.started[0].umask, std::optional<mode_t>(027));
  EXPECT_THAT(here_.started, IsEmpty());
}

TEST_F(CommandJobTest, GivesALocalCommandAPathAndAHome) {
  sync("command = [\"x\"]");
  EXPECT_TRUE(here_.started.at(0).environment.contains("PATH"));
  EXPECT_FALSE(here_.started.at(0).environment.contains("ORCHESTRATOR_LIBEXEC"));
}

TEST_F(CommandJobTest, GivesAShellItsTextAsItIs) {
  sync("shell = \"a | b > ${HOME}/x\"");
  EXPECT_EQ(std::get<ShellScript>(here_.started.at(0).program).text, "a | b > ${HOME}/x");
}

TEST_F(CommandJobTest, ResolvesReferencesOfTheEnvironment) {
  context_.references["${file:/etc/token}"] = "s3cret";
  sync("host = \"nas\"\ncommand = [\"x\"]\nenvironment = { TOKEN = \"${file:/etc/token}\" }");
  EXPECT_EQ(nas_.started.at(0).environment.at("TOKEN"), "s3cret");
}

TEST_F(CommandJobTest, ShowsNoValueOfTheEnvironmentInItsPlan) {
  const auto job = make_item(
      "type = \"command\"\nhost = \"nas\"\ncommand = [\"x\", \"a b\"]\ndirectory = \"/srv\"\n"
      "environment = { TOKEN = \"s3cret\" }");
  const JobPlan plan = job->plan();
  EXPECT_THAT(plan.hosts, ElementsAre("nas"));
  EXPECT_THAT(plan.commands, ElementsAre("cd /srv && TOKEN=*** x 'a b'"));
}

TEST_F(CommandJobTest, LogsWhatTheCommandSays) {
  here_.on_start = [](const Command&) {
    FakeCommand answer;
    answer.output = "one\ntwo\n";
    return answer;
  };
  sync("command = [\"x\"]");
  EXPECT_THAT(context_.lines, ElementsAre("info: one", "info: two"));
}

TEST_F(CommandJobTest, FailsWithAnotherExitCodeThanItsOwn) {
  here_.on_start = [](const Command&) {
    FakeCommand answer;
    answer.status = Exited{3};
    answer.errors = "no disk\n";
    return answer;
  };
  EXPECT_EQ(sync_error("command = [\"x\", \"y\"]"), "'x' failed: exit code 3");
  EXPECT_EQ(sync_error("command = [\"x\"]\nok_exit_codes = [0, 3]"), "none");
}

TEST_F(CommandJobTest, SaysWhatShellsMeanByTheirCodes) {
  here_.on_start = [](const Command&) {
    FakeCommand answer;
    answer.status = Exited{127};
    return answer;
  };
  EXPECT_EQ(sync_error("command = [\"x\"]"), "'x' failed: exit code 127 (command not found)");
}

TEST_F(CommandJobTest, FindsThatTheProgramIsMissing) {
  nas_.on_start = [](const Command&) {
    FakeCommand answer;
    answer.output = "=\n";
    return answer;
  };
  EXPECT_THAT(validate("host = \"nas\"\ncommand = [\"reindex\"]"),
              ElementsAre("there is no program 'reindex' on 'nas'"));
}

TEST_F(CommandJobTest, StartsNothingToFindAProgramWhereTheHostKnows) {
  here_.programs = {"reindex"};
  EXPECT_THAT(validate("command = [\"reindex\"]"), IsEmpty());
  EXPECT_THAT(validate("command = [\"redo\"]"), ElementsAre("there is no program 'redo' on this machine"));
  EXPECT_THAT(here_.started, IsEmpty());
}

TEST_F(CommandJobTest, FindsThatTheDirectoryIsMissing) {
  nas_.on_start = [](const Command& command) { return probe_answer(command, ""); };
  EXPECT_THAT(validate("host = \"nas\"\ncommand = [\"x\"]\ndirectory = \"/srv\""),
              ElementsAre("the directory '/srv' on 'nas' does not exist"));
}

TEST_F(CommandJobTest, FindsThatItsInputIsMissing) {
  here_.on_start = [](const Command& command) { return probe_answer(command, ""); };
  EXPECT_THAT(validate("shell = \"cat\"\nstdin_file = \"/srv/in\""),
              ElementsAre("the stdin_file '/srv/in' does not exist"));
}

TEST_F(CommandJobTest, FindsReferencesThatCannotBeResolved) {
  here_.on_start = [](const Command& command) { return probe_answer(command, "edx"); };
  EXPECT_THAT(validate("command = [\"x\"]\nenvironment = { A = \"${env:NOT_THERE}\" }"),
              ElementsAre(HasSubstr("environment.A: cannot resolve")));
}

TEST_F(CommandJobTest, ChangesNothingInItsValidation) {
  here_.on_start = [](const Command& command) {
    EXPECT_TRUE(is_probe(command));
    return probe_answer(command, "edrwx");
  };
  EXPECT_THAT(validate("command = [\"rm\", \"-rf\", \"/srv\"]\ndirectory = \"/srv\""), IsEmpty());
}

TEST_F(CommandJobTest, NeedsACommandOrAShell) {
  EXPECT_THAT(errors(""), ElementsAre(HasSubstr("command")));
  EXPECT_THAT(errors("command = [\"x\"]\nshell = \"y\""), ElementsAre(HasSubstr("shell")));
  EXPECT_THAT(errors("command = []"), ElementsAre(HasSubstr("a program and its arguments")));
}

TEST_F(CommandJobTest, RefusesWhatCannotBeMeant) {
  const std::string job = "command = [\"x\"]\n";
  EXPECT_THAT(errors(job + "ok_exit_codes = [256]"), ElementsAre(HasSubstr("0 to 255")));
  EXPECT_THAT(errors(job + "umask = \"888\""), ElementsAre(HasSubstr("octal")));
  EXPECT_THAT(errors(job + "directory = \"srv\""), ElementsAre(HasSubstr("absolute path")));
  EXPECT_THAT(errors(job + "host = \"nas\"\ndirectory = \"~/srv\""),
              ElementsAre(HasSubstr("leave out '~/'")));
  EXPECT_THAT(errors(job + "environment = { \"A-B\" = \"x\" }"), ElementsAre(HasSubstr("'A-B'")));
  EXPECT_THAT(errors(job + "environment = { ORCHESTRATOR_RUN = \"x\" }"),
              ElementsAre(HasSubstr("the orchestrator's own")));
  EXPECT_THAT(errors(job + "host = \"vault\""), ElementsAre(HasSubstr("nothing but rsync")));
}

}  // namespace
}  // namespace orchestrator::test
