#include <sys/stat.h>

#include <gmock/gmock.h>

#include "orchestrator/tasks/scope.hpp"
#include "ssh/ssh_host.hpp"
#include "tests/jobs/rsync_fixture.hpp"
#include "tests/support/loopback_host.hpp"
#include "tests/support/sshd.hpp"

namespace orchestrator::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The ways to a "remote" machine: this one without a connection, and this one through a real sshd.
enum class Way { Loopback, Ssh };

void PrintTo(Way way, std::ostream* out) { *out << (way == Way::Loopback ? "Loopback" : "Ssh"); }

class RsyncRemotely : public RsyncTest, public ::testing::WithParamInterface<Way> {
 protected:
  RsyncRemotely() {
    if (GetParam() == Way::Ssh) sshd_.emplace();
  }

  /// Runs `body`, an awaitable<void>(), while the host 'nas' is there.
  template <class Body>
  void with_nas(Body body) {
    loop_.run([&]() -> awaitable<void> {
      if (GetParam() == Way::Loopback) {
        LoopbackHost nas(here_, "nas", directory_.path());
        nas.path = path_there_;
        context_.add_host(nas);
        co_await body();
      } else {
        co_await with_ssh(body);
      }
    });
  }

  Outcome run(const std::string& job_keys) {
    const std::unique_ptr<Job> job = make_item(job_keys);
    Outcome outcome;
    auto body = [&]() -> awaitable<void> { outcome = co_await run_job(*job, context_); };
    with_nas(std::move(body));
    return outcome;
  }

  Outcome push(const std::string& more = {}) {
    return run(keys(from().string() + "/", "nas:" + to().string() + "/", more));
  }
  Outcome pull(const std::string& more = {}) {
    return run(keys("nas:" + from().string() + "/", to().string() + "/", more));
  }

  std::optional<Sshd> sshd_;
  std::string path_there_ = "/usr/local/bin:/usr/bin:/bin";

 private:
  template <class Body>
  awaitable<void> with_ssh(Body& body) {
    auto in_group = [&](TaskGroup& connections) -> awaitable<void> {
      SshHost nas(sshd_->host(), connections);
      context_.add_host(nas);
      std::exception_ptr error;
      try {
        co_await body();
      } catch (...) {
        error = std::current_exception();
      }
      nas.close();
      if (error) std::rethrow_exception(error);
    };
    co_await with_task_group(std::move(in_group));
  }
};

INSTANTIATE_TEST_SUITE_P(Over, RsyncRemotely, ::testing::Values(Way::Loopback, Way::Ssh),
                         ::testing::PrintToStringParamName());

TEST_P(RsyncRemotely, Pushes) {
  directory_.write("from/a", "one");
  directory_.write("from/sub/b", "two");
  const Outcome outcome = push();
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(to()), tree_of(from()));
  EXPECT_EQ(context_.bytes_moved, 6U);
}

TEST_P(RsyncRemotely, Pulls) {
  directory_.write("from/a", "one");
  write_large("from/sub/b", 3 << 20);
  const Outcome outcome = pull("preserve = [\"acls\", \"xattrs\", \"hardlinks\", \"numeric-ids\"]");
  EXPECT_TRUE(outcome.ok()) << ::testing::PrintToString(outcome);
  EXPECT_EQ(tree_of(to()), tree_of(from()));
}

TEST_P(RsyncRemotely, DeletesWhenToldTo) {
  directory_.write("from/a", "one");
  directory_.write("to/old", "x");
  EXPECT_TRUE(push("delete = true\nsource_must_contain = \"a\"").ok());
  EXPECT_EQ(tree_of(to()), tree_of(from()));
}

TEST_P(RsyncRemotely, DoesNotEmptyTheTargetForAnEmptySourceOverThere) {
  directory_.write("to/precious", "x");
  EXPECT_THAT(pull("delete = true").problems,
              ElementsAre(AllOf(HasSubstr("on 'nas'"), HasSubstr("is empty"))));
  directory_.write("from/not-the-data", "x");
  EXPECT_THAT(pull("delete = true\nsource_must_contain = \".mounted\"").problems,
              ElementsAre(HasSubstr("does not contain '.mounted'")));
  EXPECT_TRUE(std::filesystem::exists(to() / "precious"));
}

TEST_P(RsyncRemotely, FindsWhatIsWrongOverThere) {
  directory_.write("from/a", "x");
  directory_.write("file", "x");
  const std::string root = directory_.path();
  EXPECT_THAT(run(keys("nas:" + root + "/nothing", to())).problems,
              ElementsAre(AllOf(HasSubstr("on 'nas'"), HasSubstr("does not exist"))));
  EXPECT_THAT(run(keys(from(), "nas:" + root + "/no/such/place")).problems,
              ElementsAre(HasSubstr("there is no directory")));
  EXPECT_THAT(run(keys(from().string() + "/", "nas:" + root + "/file")).problems,
              ElementsAre(HasSubstr("is a file, and a directory is needed")));
}

TEST_P(RsyncRemotely, TakesAnyNameOfBothEnds) {
  const std::string name = "a: $(id) `id` 'x' \"y\" \\ z* ? [ab] {c,d} ~ #! & | ; < > -e \xc3\xa9";
  std::filesystem::create_directory(directory_.path() / name);
  directory_.write(std::filesystem::path(name) / "new\nline 'f' $x *", "x");
  const std::string source = (directory_.path() / name).string() + "/";

  std::filesystem::create_directory(to() / name);
  EXPECT_TRUE(run(keys(source, "nas:" + (to() / name).string() + "/", "delete = true")).ok());
  EXPECT_EQ(tree_of(to() / name), tree_of(source));

  std::filesystem::remove_all(to() / name);
  EXPECT_TRUE(run(keys("nas:" + source, (to() / "back").string() + "/", "delete = true")).ok());
  EXPECT_EQ(tree_of(to() / "back"), tree_of(source));
}

TEST_P(RsyncRemotely, TakesAPatternForAName) {
  directory_.write("from/a1", "x");
  EXPECT_THAT(run(keys("nas:" + from().string() + "/a*", to())).problems,
              ElementsAre(HasSubstr("does not exist")));
}

TEST_P(RsyncRemotely, ChangesNothingInADryRun) {
  directory_.write("from/a", "one");
  directory_.write("to/old", "x");
  const auto before = tree_of(directory_.path());
  context_.is_dry_run = true;
  EXPECT_TRUE(push("delete = true").ok());
  EXPECT_EQ(tree_of(directory_.path()), before);
  EXPECT_THAT(context_.lines, Contains("info: *deleting   old"));
}

TEST_P(RsyncRemotely, LeavesNoProcessOnEitherSideWhenCancelledAndGoesOnWhereItWas) {
  write_large("from/big", 6 << 20);
  for (const bool pushes : {true, false}) {
    std::filesystem::remove_all(to());
    std::filesystem::create_directory(to());
    const std::string source = from().string() + "/";
    const std::string target = to().string();
    const std::string limit = "bandwidth_limit = \"2MiB\"";
    const auto job = make_item(pushes ? keys(source, "nas:" + target, limit)
                                      : keys("nas:" + source, target, limit));
    CancelScope scope;
    context_.on_progress = [&scope](const Progress& progress) {
      if (progress.bytes.value_or(0) > (1U << 20U))
        scope.cancel(CancelReason{CancelCause::Operator, "test"});
    };
    ScopeEnd end = ScopeEnd::Finished;
    std::vector<std::string> processes;
    auto body = [&]() -> awaitable<void> {
      auto sync = [&] { return job->sync(context_); };
      end = co_await with_cancel_scope(scope, std::move(sync));
      processes = processes_with(target);
    };
    with_nas(std::move(body));
    EXPECT_EQ(end, ScopeEnd::Cancelled);
    EXPECT_THAT(processes, IsEmpty());
    EXPECT_THAT(context_.left_over, IsEmpty());
    const auto left = tree_of(to());
    EXPECT_TRUE(left.contains(".orchestrator-partial/big"));
    EXPECT_EQ(left.size(), 2U);

    context_.on_progress = nullptr;
    EXPECT_TRUE((pushes ? push("delete = true") : pull("delete = true")).ok());
    EXPECT_EQ(tree_of(to()), tree_of(from()));
  }
}

TEST_P(RsyncRemotely, PassesOnWhatTheOtherEndSays) {
  directory_.write("from/a", "x");
  std::filesystem::create_directories(to() / "a" / "in the way");
  EXPECT_THAT(push().error, AllOf(HasSubstr("exit code 23"), HasSubstr("could not make way")));
}

TEST_P(RsyncRemotely, LeavesNoFolderBehind) {
  TemporaryDirectory temporary;
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  directory_.write("from/a", "x");
  EXPECT_TRUE(push().ok());
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

class RsyncOverLoopback : public RsyncRemotely {};
INSTANTIATE_TEST_SUITE_P(Over, RsyncOverLoopback, ::testing::Values(Way::Loopback),
                         ::testing::PrintToStringParamName());

TEST_P(RsyncOverLoopback, FindsThatThereIsNoRsyncOverThere) {
  const std::filesystem::path bin = directory_.path() / "bin";
  std::filesystem::create_directory(bin);
  for (const char* tool : {"sh", "ls", "head", "wc"}) {
    std::filesystem::create_symlink(std::filesystem::path("/bin") / tool, bin / tool);
  }
  path_there_ = bin;
  directory_.write("from/a", "x");
  EXPECT_THAT(push().problems, ElementsAre("there is no rsync on 'nas'"));
}

TEST_P(RsyncOverLoopback, SaysThatRsyncWentMissingOverThere) {
  directory_.write("from/a", "x");
  path_there_ = "/nowhere";
  const auto job = make_item(keys(from(), "nas:" + to().string()));
  std::string error;
  std::string remedy;
  auto body = [&]() -> awaitable<void> {
    try {
      co_await job->sync(context_);
    } catch (const CommandFailed& failed) {
      error = failed.what() + std::string("\n") + failed.details().errors;
      remedy = failed.remedy();
    }
  };
  with_nas(std::move(body));
  EXPECT_THAT(error, AllOf(HasSubstr("on 'nas' failed: exit code 127 (remote command not found)"),
                           HasSubstr("rsync: not found")));
  EXPECT_THAT(remedy, HasSubstr("install rsync on 'nas'"));
}

}  // namespace
}  // namespace orchestrator::test
