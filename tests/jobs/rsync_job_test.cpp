#include "jobs/rsync_job.hpp"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

/// A job between two places here; what the probe is told of its paths, and how its rsync ends.
class RsyncJobTest : public ::testing::Test {
 protected:
  RsyncJobTest() {
    here_.on_start = [this](const Command& command) {
      FakeCommand answer;
      const auto& words = std::get<ArgumentVector>(command.program).words;
      if (words.front() == "sh") {
        answer.output = has_rsync_ ? "=y\n" : "=\n";
        for (const std::string& facts : facts_) answer.output += "=" + facts + "\n";
      } else {
        answer.status = status_;
        answer.output = output_;
        answer.errors = errors_;
        answer.takes = takes_;
      }
      return answer;
    };
  }

  Texts validate(const std::string& more = {}) {
    const auto job = make(more);
    Texts problems;
    run_virtually([&]() -> awaitable<void> {
      const std::vector<Problem> found = co_await job->validate(context_);
      for (const Problem& problem : found) problems.push_back(problem.what);
    });
    return problems;
  }

  std::string sync(const std::string& more = {}) {
    const auto job = make(more);
    std::string error = "none";
    run_virtually([&]() -> awaitable<void> {
      try {
        co_await job->sync(context_);
      } catch (const std::exception& thrown) {
        error = thrown.what();
      }
    });
    return error;
  }

  static std::unique_ptr<Job> make(const std::string& more) {
    return make_item("type = \"rsync\"\nsource = \"/from/\"\ntarget = \"/to\"\n" + more);
  }

  FakeHost here_;
  FakeJobContext context_{{&here_}};
  std::vector<std::string> facts_{"edrwx", "edrwx", "edrwx"};  ///< source, target, its parent
  bool has_rsync_ = true;
  ExitStatus status_ = Exited{0};
  std::string output_;
  std::string errors_;
  Duration takes_{};
};

TEST_F(RsyncJobTest, FindsNothingWrongWhereAllIsWell) {
  EXPECT_THAT(validate(), IsEmpty());
  EXPECT_EQ(here_.started.size(), 1U) << "one look at each machine";
}

TEST_F(RsyncJobTest, FindsThatThereIsNoRsync) {
  has_rsync_ = false;
  EXPECT_THAT(validate(), ElementsAre("there is no rsync on this machine"));
}

TEST_F(RsyncJobTest, FindsAnUnwritableTarget) {
  facts_[1] = "edrx";
  EXPECT_THAT(validate(), ElementsAre("the target '/to' on this machine cannot be written"));
  facts_ = {"edrwx", "", "edrx"};
  EXPECT_THAT(
      validate(),
      ElementsAre("the target '/to' on this machine cannot be created: '/' cannot be written"));
}

TEST_F(RsyncJobTest, FindsAnUnreadableSource) {
  facts_[0] = "edx";
  EXPECT_THAT(validate(), ElementsAre("the source '/from/' on this machine cannot be read"));
}

TEST_F(RsyncJobTest, FindsEverythingAtOnce) {
  has_rsync_ = false;
  facts_ = {"", "ef", "edrwx"};
  EXPECT_EQ(validate().size(), 3U);
}

TEST_F(RsyncJobTest, TakesNotEvenALookAtTheSourceAgainWithoutDelete) {
  EXPECT_EQ(sync(), "none");
  EXPECT_EQ(here_.started.size(), 1U);
}

TEST_F(RsyncJobTest, DoesNotStartRsyncWhenTheSourceHasBecomeEmpty) {
  facts_ = {"edrwx0"};
  EXPECT_THAT(sync("delete = true"), HasSubstr("is empty"));
  EXPECT_EQ(here_.started.size(), 1U);
}

TEST_F(RsyncJobTest, WarnsOfVanishedFilesAndSucceeds) {
  status_ = Exited{24};
  EXPECT_EQ(sync(), "none");
  EXPECT_THAT(context_.warnings, ElementsAre(HasSubstr("vanished")));
}

TEST_F(RsyncJobTest, FailsWithTheWordsOfTheManual) {
  status_ = Exited{11};
  EXPECT_EQ(sync(), "'rsync' failed: exit code 11 (error in file I/O)");
  status_ = Signalled{"KILL"};
  EXPECT_EQ(sync(), "'rsync' failed: killed by SIGKILL");
}

TEST_F(RsyncJobTest, CountsItsBytesThoughItFails) {
  status_ = Exited{11};
  output_ = "\r         300000   9%  127.43MB/s    0:00:09  \r";
  sync();
  EXPECT_EQ(context_.bytes_moved, 300000U);
}

TEST_F(RsyncJobTest, ReportsProgress) {
  output_ = ">f+++++++++ big\n\r         300000   9%  127.43MB/s    0:00:09  \r";
  EXPECT_EQ(sync(), "none");
  ASSERT_FALSE(context_.reports.empty());
  const Progress& last = context_.reports.back();
  EXPECT_DOUBLE_EQ(last.fraction.value_or(0), 0.09);
  EXPECT_EQ(last.current, "big");
  EXPECT_EQ(last.remaining, std::optional<Duration>(std::chrono::seconds(9)));
}

TEST_F(RsyncJobTest, SpeaksCAndKnowsNothingOfTheUsersOwnSettingsForRsync) {
  ::setenv("RSYNC_RSH", "ssh", 1);
  ::setenv("RSYNC_PARTIAL_DIR", "x", 1);
  sync();
  ::unsetenv("RSYNC_RSH");
  ::unsetenv("RSYNC_PARTIAL_DIR");
  const auto& environment = here_.started.back().environment;
  EXPECT_EQ(environment.at("LC_ALL"), "C");
  EXPECT_FALSE(environment.contains("RSYNC_RSH"));
  EXPECT_FALSE(environment.contains("RSYNC_PARTIAL_DIR"));
}

TEST_F(RsyncJobTest, EndsRsyncWhenItIsCancelled) {
  takes_ = std::chrono::hours(1);
  const auto job = make("");
  ScopeEnd end = ScopeEnd::Finished;
  run_virtually([&]() -> awaitable<void> {
    auto work = [&] { return job->sync(context_); };
    end = co_await with_limit(std::chrono::seconds(1), std::move(work));
  });
  EXPECT_EQ(end, ScopeEnd::Cancelled);
  EXPECT_EQ(here_.running, 0U);
}

TEST_F(RsyncJobTest, PlansItsHostsPathsAndCommand) {
  const auto job =
      make_item("type = \"rsync\"\nsource = \"/from/\"\ntarget = \"nas:/to\"\ndelete = true");
  const JobPlan plan = job->plan();
  EXPECT_THAT(plan.hosts, ElementsAre("", "nas"));
  ASSERT_EQ(plan.paths.size(), 2U);
  EXPECT_EQ(plan.paths[0].path, "/from/");
  EXPECT_FALSE(plan.paths[0].written);
  EXPECT_EQ(plan.paths[1].host, "nas");
  EXPECT_TRUE(plan.paths[1].written);
  EXPECT_THAT(plan.commands, ElementsAre("rsync -a --delete -- /from/ nas:/to"));
}

TEST_F(RsyncJobTest, WritesItsSourceToWhenItRemovesWhatItHasSent) {
  const auto job = make("args = [\"--remove-source-files\"]");
  EXPECT_TRUE(job->plan().paths[0].written);
}

}  // namespace
}  // namespace orchestrator::test
