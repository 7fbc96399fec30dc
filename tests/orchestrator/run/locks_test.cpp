#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/run/run_locks.hpp"
#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using Strings = std::vector<std::string>;

PlannedPath path_on(const std::string& host, const std::string& path, bool written = true) {
  PlannedPath planned;
  planned.host = host;
  planned.path = path;
  planned.written = written;
  return planned;
}

TEST(PathLockName, IsTheSameForTheSamePath) {
  EXPECT_EQ(path_lock_name("", "/srv"), path_lock_name("", "/srv/"));
  EXPECT_EQ(path_lock_name("", "/srv"), path_lock_name("", "/srv/x/../"));
  EXPECT_NE(path_lock_name("", "/srv"), path_lock_name("", "/srv2"));
  EXPECT_NE(path_lock_name("", "/srv"), path_lock_name("nas", "/srv"));
}

TEST(PathLockName, IsReadableAndAFileName) {
  const std::string name = path_lock_name("nas", "/srv/my data");
  EXPECT_EQ(name.find('/'), std::string::npos);
  EXPECT_TRUE(name.ends_with("-nas__srv_my_data")) << name;
}

TEST(PathLockName, DoesNotChangeFromBuildToBuild) {
  EXPECT_EQ(path_lock_name("", "/srv"), "path-fc84ea722d66b003-_srv");
}

TEST(PathLocks, AreHereAndWhereThePathIsAndSorted) {
  JobPlan plan;
  plan.paths = {path_on("nas", "/srv"), path_on("", "/srv"), path_on("", "/etc", false)};
  const std::vector<WantedLock> locks = path_locks({plan, plan});
  ASSERT_EQ(locks.size(), 5U);
  EXPECT_TRUE(std::is_sorted(locks.begin(), locks.end()));
  EXPECT_EQ(locks[4].host, "nas");
  EXPECT_EQ(locks[4].name, path_lock_name("", "/srv"));
  EXPECT_EQ(locks[4].what, "'/srv' on 'nas'");
}

// "+" is shared.
Strings locks_here(const std::vector<JobPlan>& plans) {
  Strings names;
  for (const WantedLock& lock : path_locks(plans)) {
    if (lock.host.empty()) names.push_back(lock.name.substr(lock.name.find('-', 5) + 1) + (lock.shared ? "+" : ""));
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(PathLocks, ShareTheDirectoriesThatAPathLiesIn) {
  JobPlan plan;
  plan.paths = {path_on("", "/srv/a/b/")};
  EXPECT_EQ(locks_here({plan}), (Strings{"_+", "_srv+", "_srv_a+", "_srv_a_b"}));
  plan.paths = {path_on("nas", "backup/a")};
  EXPECT_EQ(locks_here({plan}), (Strings{"nas_backup+", "nas_backup_a"}));
}

TEST(PathLocks, DoNotShareWhatTheSameRunWritesItself) {
  JobPlan plan;
  plan.paths = {path_on("", "/srv"), path_on("", "/srv/a")};
  EXPECT_EQ(locks_here({plan}), (Strings{"_+", "_srv", "_srv_a"}));
}

TEST(PathLocks, AreThoseOfTheRealPath) {
  JobPlan plan;
  plan.paths = {path_on("", "/link/a")};
  plan.paths.front().real = "/srv/a";
  EXPECT_EQ(locks_here({plan}), (Strings{"_+", "_srv+", "_srv_a"}));
}

class RunLocks : public RunTest {};

TEST_F(RunLocks, AreTakenForTheJobBeforeValidationAndForPathsBeforeChanges) {
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("nas", "/srv")};
  const auto note_locks = [this](JobContext&) -> awaitable<void> {
    note(std::to_string(hosts.get("").held.size()) + " here, " + std::to_string(hosts.get("nas").held.size()) +
         " on nas");
    co_return;
  };
  a.on_validate = note_locks;
  a.on_pre_sync = note_locks;
  a.on_sync = [](JobContext& context) -> awaitable<void> {
    context.on_exit("look", [](Ending) -> awaitable<void> { co_return; });
    co_return;
  };
  run();
  EXPECT_EQ(notes, (Strings{"1 here, 0 on nas", "2 here, 1 on nas"}));
  EXPECT_EQ(hosts.get("").locks[0], "job-demo");
  EXPECT_TRUE(hosts.get("").held.empty());
  EXPECT_TRUE(hosts.get("nas").held.empty());
}

TEST_F(RunLocks, AreHeldUntilTheExitStackHasRun) {
  add_item("a").on_sync = [this](JobContext& context) -> awaitable<void> {
    context.on_exit("look", [this](Ending) -> awaitable<void> {
      note(std::to_string(hosts.get("").held.size()));
      co_return;
    });
    co_return;
  };
  run();
  EXPECT_EQ(notes, (Strings{"1"}));
}

TEST_F(RunLocks, OfARunningJobAreNamedWithTheirHolder) {
  hosts.get("").held["job-demo"] = "run 1234, pid 4711";
  add_item("a").on_validate = step("validate");
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(result.failure, FailureKind::Busy);
  EXPECT_EQ(exit_code(result), kExitBusy);
  EXPECT_EQ(result.errors[0].message, "job 'demo' is running already: held by run 1234, pid 4711");
  EXPECT_NE(result.errors[0].remedy, "");
  EXPECT_TRUE(notes.empty());
}

TEST_F(RunLocks, LetOneOfTwoOverlappingRunsOfAJobThrough) {
  const auto run_beside = [this](TaskGroup& group, RunResult& into) {
    auto one = [this, &into]() -> awaitable<void> {
      std::vector<std::unique_ptr<Job>> work;
      auto fake = std::make_unique<FakeJob>("a");
      fake->on_sync = this->step("sync", std::chrono::seconds(5));
      work.push_back(std::move(fake));
      RunSetup setup{random_id(), job, std::move(work), hosts, sink, state_directory, output, user};
      CancelScope own;
      into = co_await execute_run(std::move(setup), options, own);
    };
    group.spawn("run", std::move(one));
  };
  RunResult first;
  RunResult second;
  auto both = [&]() -> awaitable<void> {
    auto spawn_both = [&](TaskGroup& group) -> awaitable<void> {
      run_beside(group, first);
      run_beside(group, second);
      co_return;
    };
    co_await with_task_group(std::move(spawn_both));
  };
  loop.run(std::move(both));
  EXPECT_EQ(first.state, RunState::Succeeded);
  EXPECT_EQ(exit_code(second), kExitBusy);
  EXPECT_NE(second.errors.at(0).message.find(first.id), std::string::npos);
  EXPECT_EQ(notes, (Strings{"sync"}));
}

TEST_F(RunLocks, OfAPathThatAnotherJobWritesStopTheRunBeforeChanges) {
  hosts.get("nas").held[path_lock_name("", "/srv")] = "run 1234";
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("nas", "/srv")};
  a.on_pre_sync = step("pre_sync");
  run();
  EXPECT_EQ(exit_code(result), kExitBusy);
  EXPECT_EQ(result.errors[0].message, "'/srv' on 'nas' is being written by another run: held by run 1234");
  EXPECT_TRUE(notes.empty());
  EXPECT_TRUE(hosts.get("").held.empty());
}

TEST_F(RunLocks, OfADirectoryThatAPathLiesInStopTheRunBeforeChanges) {
  hosts.get("").held[path_lock_name("nas", "/srv")] = "run 1234";
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("nas", "/srv/a")};
  a.on_pre_sync = step("pre_sync");
  run();
  EXPECT_EQ(exit_code(result), kExitBusy);
  EXPECT_EQ(result.errors[0].message,
            "'/srv' on 'nas', which '/srv/a' on 'nas' lies in, is being written by another run: held by run 1234");
  EXPECT_TRUE(notes.empty());
}

TEST_F(RunLocks, OfAPlaceInAPathStopTheRunBeforeChanges) {
  hosts.get("").shared[path_lock_name("nas", "/srv")] = 1;
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("nas", "/srv")};
  a.on_pre_sync = step("pre_sync");
  run();
  EXPECT_EQ(exit_code(result), kExitBusy);
  EXPECT_TRUE(notes.empty());
}

TEST_F(RunLocks, OfPathsBesideOneAnotherDoNotMatter) {
  hosts.get("").held[path_lock_name("nas", "/srv/b")] = "run 1234";
  hosts.get("").shared[path_lock_name("nas", "/srv")] = 1;
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("nas", "/srv/a")};
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_EQ(hosts.get("").shared.at(path_lock_name("nas", "/srv")), 1U);
}

TEST_F(RunLocks, AreThoseOfThePathThatTheValidationHasSeen) {
  hosts.get("").held[path_lock_name("", "/srv")] = "run 1234";
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("", "/link")};
  a.on_validate = [&a](JobContext&) -> awaitable<void> {
    a.has_plan.paths.front().real = "/srv";
    co_return;
  };
  run();
  EXPECT_EQ(exit_code(result), kExitBusy);
}

TEST_F(RunLocks, AreDoneWithoutOnAHostThatTakesNone) {
  hosts.get("nas").on_lock = [](const std::string&) { throw LockNotPossible("its key may only run rsync"); };
  FakeJob& a = add_item("a");
  a.has_plan.paths = {path_on("nas", "/srv")};
  a.on_sync = step("sync");
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_EQ(notes, (Strings{"sync"}));
}

TEST_F(RunLocks, SayWhoHoldsThem) {
  add_item("a").on_sync = [this](JobContext&) -> awaitable<void> {
    note(hosts.get("").held.at("job-demo"));
    co_return;
  };
  run();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(notes[0].starts_with("run " + result.id + " of job 'demo', pid ")) << notes[0];
}

class UnreachableHost : public RunTest {
 protected:
  UnreachableHost() {
    hosts.get("laptop").on_start = [](const Command&) -> FakeCommand {
      throw StartError(StartFailure::Unreachable, "cannot connect to 'laptop'", "is it on?");
    };
    add_item("a").on_validate = [](JobContext& context) -> awaitable<void> {
      Command command;
      command.program = ArgumentVector{{"true"}};
      co_await context.run(context.host("laptop"), std::move(command));
    };
  }
};

TEST_F(UnreachableHost, FailsTheRun) {
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(exit_code(result), kExitValidation);
  EXPECT_EQ(result.errors[0].message, "cannot connect to 'laptop'");
  EXPECT_EQ(result.errors[0].remedy, "is it on?");
}

TEST_F(UnreachableHost, IsNoneThatNothingIsLeftOn) {
  run();
  EXPECT_TRUE(result.hosts.empty());
  EXPECT_FALSE(result.guarantees.contains("laptop"));
}

TEST_F(UnreachableHost, SkipsTheRunWhereTheConfigurationSaysSo) {
  hosts.skipped = "laptop";
  run();
  EXPECT_EQ(result.state, RunState::Skipped);
  EXPECT_EQ(exit_code(result), 0);
  EXPECT_EQ(result.skipped_because, "cannot connect to 'laptop'");
  EXPECT_TRUE(result.errors.empty());
  EXPECT_EQ(item("a").end, ItemEnd::NotStarted);
}

}  // namespace
}  // namespace orchestrator::test
