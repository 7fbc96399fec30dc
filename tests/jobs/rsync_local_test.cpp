#include <sys/stat.h>

#include <gmock/gmock.h>

#include "orchestrator/tasks/scope.hpp"
#include "tests/jobs/rsync_fixture.hpp"

namespace orchestrator::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RsyncLocally : public RsyncTest {
 protected:
  Outcome run(const std::string& job_keys) {
    const std::unique_ptr<Job> job = make_item(job_keys);
    Outcome outcome;
    loop_.run([&]() -> awaitable<void> { outcome = co_await run_job(*job, context_); });
    return outcome;
  }

  Outcome run_plain(const std::string& more = {}) {
    return run(keys(from().string() + "/", to().string() + "/", more));
  }
};

TEST_F(RsyncLocally, CopiesATreeAndCountsItsBytes) {
  directory_.write("from/a", "one");
  directory_.write("from/sub/b", "two");
  const Outcome outcome = run_plain();
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(to()), tree_of(from()));
  EXPECT_EQ(context_.bytes_moved, 6U);
}

TEST_F(RsyncLocally, DoesNotDeleteTheSourceThatLiesInsideOfTheTarget) {
  directory_.write("to/deep/a", "one");
  std::filesystem::create_directory_symlink(to() / "deep", directory_.path() / "link");
  const std::vector<std::string> sources{to().string() + "/deep/", directory_.path().string() + "/link/"};
  for (const std::string& source : sources) {
    EXPECT_THAT(run(keys(source, to().string() + "/", "delete = true")).problems,
                ElementsAre(AllOf(HasSubstr("lies inside of the target"), HasSubstr("would delete it"))));
    EXPECT_TRUE(std::filesystem::exists(to() / "deep/a"));
  }
}

TEST_F(RsyncLocally, DoesNotCopyADirectoryIntoItself) {
  directory_.write("from/a", "one");
  for (const std::string target : {"/", "/bak/", "/../from"}) {
    EXPECT_EQ(run(keys(from().string() + "/", from().string() + target)).problems.size(), 1U) << target;
  }
  EXPECT_THAT(run(keys(from().string(), from().parent_path().string() + "/")).problems,
              ElementsAre(HasSubstr("are the same directory")));
  EXPECT_TRUE(run(keys(from().string() + "/", from().string() + "/bak/", "exclude = [\"/bak/\"]")).ok());
}

TEST_F(RsyncLocally, CopiesTheDirectoryItselfWithoutASlash) {
  directory_.write("from/a", "one");
  EXPECT_TRUE(run(keys(from(), to())).ok());
  EXPECT_THAT(tree_of(to()),
              ElementsAre(std::pair<const std::string, std::string>("from/", ""),
                          std::pair<const std::string, std::string>("from/a", "one")));
}

TEST_F(RsyncLocally, TakesSeveralSources) {
  directory_.write("from/a", "one");
  directory_.write("more/b", "two");
  EXPECT_TRUE(run("type = \"rsync\"\nsource = [" + quote_toml(from() / "a") + ", " +
                  quote_toml((directory_.path() / "more").string() + "/") +
                  "]\ntarget = " + quote_toml(to()))
                  .ok());
  EXPECT_EQ(read_file(to() / "a"), "one");
  EXPECT_EQ(read_file(to() / "b"), "two");
}

TEST_F(RsyncLocally, DeletesOnlyWhenToldTo) {
  directory_.write("from/a", "one");
  directory_.write("to/old", "x");
  EXPECT_TRUE(run_plain().ok());
  EXPECT_TRUE(std::filesystem::exists(to() / "old"));
  EXPECT_TRUE(run_plain("delete = true").ok());
  EXPECT_FALSE(std::filesystem::exists(to() / "old"));
}

TEST_F(RsyncLocally, StopsDeletingAtTheLimit) {
  directory_.write("from/a", "one");
  for (const char* name : {"to/1", "to/2", "to/3"}) directory_.write(name, "x");
  const Outcome outcome = run_plain("delete = true\nmax_delete = 1");
  EXPECT_THAT(outcome.error, HasSubstr("the --max-delete limit stopped deletions"));
  EXPECT_THAT(outcome.remedy, HasSubstr("max_delete"));
}

TEST_F(RsyncLocally, DoesNotEmptyTheTargetForAnEmptySource) {
  directory_.write("to/precious", "x");
  const Outcome outcome = run_plain("delete = true");
  EXPECT_THAT(outcome.problems,
              ElementsAre(HasSubstr("is empty, and 'delete' would empty the target")));
  std::filesystem::create_directory(from() / "lost+found");
  EXPECT_THAT(run_plain("delete = true").problems, ElementsAre(HasSubstr("is empty")));
  EXPECT_TRUE(std::filesystem::exists(to() / "precious"));

  EXPECT_TRUE(run_plain("delete = true\nallow_empty_source = true").ok());
  EXPECT_FALSE(std::filesystem::exists(to() / "precious"));
}

TEST_F(RsyncLocally, DoesNotTakeAnUnmountedDirectoryForTheSource) {
  directory_.write("from/not-the-data", "x");
  directory_.write("to/precious", "x");
  const std::string more = "delete = true\nsource_must_contain = \".mounted\"";
  EXPECT_THAT(run_plain(more).problems, ElementsAre(HasSubstr("does not contain '.mounted'")));
  EXPECT_TRUE(std::filesystem::exists(to() / "precious"));
  directory_.write("from/.mounted", "");
  EXPECT_TRUE(run_plain(more).ok());
}

TEST_F(RsyncLocally, LooksAtTheSourceAgainBeforeItDeletes) {
  directory_.write("from/a", "one");
  directory_.write("to/precious", "x");
  const auto job = make_item(keys(from().string() + "/", to().string(), "delete = true"));
  std::string error;
  loop_.run([&]() -> awaitable<void> {
    const std::vector<Problem> problems = co_await job->validate(context_);
    EXPECT_THAT(problems, IsEmpty());
    std::filesystem::remove(from() / "a");
    try {
      co_await job->sync(context_);
    } catch (const Error& thrown) {
      error = thrown.what();
    }
  });
  EXPECT_THAT(error, HasSubstr("is empty"));
  EXPECT_TRUE(std::filesystem::exists(to() / "precious"));
}

TEST_F(RsyncLocally, FindsAMissingSource) {
  EXPECT_THAT(
      run(keys(directory_.path() / "nothing", to())).problems,
      ElementsAre(AllOf(HasSubstr("/nothing' on this machine"), HasSubstr("does not exist"))));
}

TEST_F(RsyncLocally, FindsASourceThatIsNoDirectory) {
  directory_.write("from/a", "x");
  EXPECT_THAT(run(keys((from() / "a").string() + "/", to())).problems,
              ElementsAre(HasSubstr("is no directory")));
}

TEST_F(RsyncLocally, FindsATargetThatIsAFile) {
  directory_.write("from/a", "x");
  directory_.write("file", "y");
  EXPECT_THAT(run(keys(from().string() + "/", directory_.path() / "file")).problems,
              ElementsAre(HasSubstr("is a file, and a directory is needed")));
  EXPECT_EQ(read_file(directory_.path() / "file"), "y");
}

TEST_F(RsyncLocally, CopiesOneFileOntoAnother) {
  directory_.write("from/a", "new");
  directory_.write("file", "old one");
  EXPECT_TRUE(run(keys(from() / "a", directory_.path() / "file")).ok());
  EXPECT_EQ(read_file(directory_.path() / "file"), "new");
}

TEST_F(RsyncLocally, FindsATargetWithoutAParent) {
  directory_.write("from/a", "x");
  const std::string target = directory_.path() / "no/such/place";
  EXPECT_THAT(run(keys(from(), target)).problems, ElementsAre(HasSubstr("there is no directory")));
  EXPECT_TRUE(run(keys(from(), target, "args = [\"--mkpath\"]")).ok());
}

TEST_F(RsyncLocally, ChangesNothingInADryRunAndShowsWhatItWould) {
  directory_.write("from/a", "one");
  directory_.write("to/old", "x");
  const auto before = tree_of(directory_.path());
  context_.is_dry_run = true;
  EXPECT_TRUE(run_plain("delete = true").ok());
  EXPECT_EQ(tree_of(directory_.path()), before);
  EXPECT_THAT(context_.lines,
              AllOf(Contains("info: *deleting   old"), Contains("info: >f+++++++++ a"),
                    Contains(HasSubstr("1 files would be sent, 1 would be deleted"))));
  EXPECT_EQ(context_.bytes_moved, 0U);
}

TEST_F(RsyncLocally, TakesAnyNameThereIs) {
  for (const char* name :
       {"-e", "--delete", " blank ", "it's", "\"quoted\"", "$HOME", "`id`", "new\nline", "ret\rurn",
        "*", "[a]", "a:b", "\\#012", "\xc3\xa9", "\xff", "~", "{a,b}"}) {
    directory_.write(std::filesystem::path("from") / name, name);
  }
  EXPECT_TRUE(run_plain("delete = true").ok());
  EXPECT_EQ(tree_of(to()), tree_of(from()));
}

TEST_F(RsyncLocally, TakesAnyNameOfItsEnds) {
  const std::filesystem::path source = directory_.path() / "a: $(id) 'x' \"y\"\nz*";
  const std::filesystem::path target = directory_.path() / "-n [t]";
  std::filesystem::create_directory(source);
  std::filesystem::create_directory(target);
  std::ofstream(source / "f") << "x";
  EXPECT_TRUE(run(keys(source.string() + "/", target, "delete = true")).ok());
  EXPECT_EQ(tree_of(target), tree_of(source));
}

TEST_F(RsyncLocally, ReportsProgressOfManyFilesThatNeverGoesBack) {
  for (int i = 0; i < 5000; ++i) {
    directory_.write("from/d" + std::to_string(i % 50) + "/f" + std::to_string(i),
                     std::to_string(i));
  }
  // Some file systems take long for so many.
  const auto job = make_item(keys(from().string() + "/", to()));
  Outcome outcome;
  auto run = [&]() -> awaitable<void> { outcome = co_await run_job(*job, context_); };
  loop_.run(std::move(run), std::chrono::seconds(90));
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(to()), tree_of(from()));
  double last = 0;
  for (const Progress& report : context_.reports) {
    if (!report.fraction) continue;
    EXPECT_GE(*report.fraction, last);
    EXPECT_LT(*report.fraction, 1);
    last = *report.fraction;
  }
  EXPECT_GT(last, 0.9);
}

TEST_F(RsyncLocally, WarnsOfFilesThatVanished) {
  write_large("from/a", 4 << 20);
  directory_.write("from/b", "soon gone");
  context_.on_progress = [this](const Progress& progress) {
    if (progress.bytes.value_or(0) > 0) std::filesystem::remove(from() / "b");
  };
  // Slow enough that the second file is opened after the first record of progress.
  const Outcome outcome = run_plain("bandwidth_limit = \"2MiB\"");
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_THAT(context_.warnings, ElementsAre(HasSubstr("vanished")));
}

TEST_F(RsyncLocally, TellsWhatRsyncSaidWhenFilesFail) {
  directory_.write("from/a", "x");
  std::filesystem::create_directories(to() / "a" / "in the way");
  const Outcome outcome = run_plain();
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("exit code 23 (partial transfer due to error)"),
                                   HasSubstr("could not make way")));
}

TEST_F(RsyncLocally, LeavesNoProcessWhenCancelledAndGoesOnWhereItWas) {
  write_large("from/big", 6 << 20);
  const auto job = make_item(keys(from().string() + "/", to(), "bandwidth_limit = \"2MiB\""));
  CancelScope scope;
  context_.on_progress = [&scope](const Progress& progress) {
    if (progress.bytes.value_or(0) > (1U << 20U))
      scope.cancel(CancelReason{CancelCause::Operator, "test"});
  };
  ScopeEnd end = ScopeEnd::Finished;
  loop_.run([&]() -> awaitable<void> {
    auto sync = [&] { return job->sync(context_); };
    end = co_await with_cancel_scope(scope, std::move(sync));
  });
  EXPECT_EQ(end, ScopeEnd::Cancelled);
  EXPECT_THAT(processes_with(directory_.path()), IsEmpty());
  EXPECT_THAT(context_.left_over, IsEmpty());
  const auto left = tree_of(to());
  EXPECT_EQ(left.size(), 2U);
  EXPECT_TRUE(left.contains(".orchestrator-partial/big"));

  context_.on_progress = nullptr;
  EXPECT_TRUE(run_plain("delete = true").ok());
  EXPECT_EQ(tree_of(to()), tree_of(from()));
}

}  // namespace
}  // namespace orchestrator::test
