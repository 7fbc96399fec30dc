#include "orchestrator/run/exit_code.hpp"
#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

PlannedPath written(const std::string& path) {
  PlannedPath planned;
  planned.path = path;
  planned.written = true;
  return planned;
}

class RunPhases : public RunTest {
 protected:
  FakeJob& add_whole_item(const std::string& name, Duration sync_takes = 0s) {
    FakeJob& fake = add_item(name);
    fake.on_validate = step(name + " validate");
    fake.on_pre_sync = step(name + " pre_sync");
    fake.on_sync = step(name + " sync", sync_takes);
    fake.on_post_sync = step(name + " post_sync");
    return fake;
  }
  Strings errors() const {
    Strings all;
    for (const RunError& error : result.errors) all.push_back(error.item + ": " + error.message);
    return all;
  }
};

TEST_F(RunPhases, FollowOneAnotherForAllItems) {
  add_whole_item("a", 2s);
  add_whole_item("b", 1s);
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_EQ(notes, (Strings{"a validate", "b validate", "a pre_sync", "b pre_sync", "b sync", "a sync", "a post_sync",
                            "b post_sync"}));
  EXPECT_EQ(result.took, Duration(2s));
}

TEST_F(RunPhases, AreWrittenDownWithWhatTheyTookWhateverTheClockOfTheDaySays) {
  keeps_records = true;
  add_whole_item("a", 48h);
  run();
  ASSERT_EQ(store.runs.size(), 1U);
  EXPECT_EQ(store.runs[0].ended - store.runs[0].began, 48h);
}

TEST_F(RunPhases, AreToldAsTheyBeginAndEnd) {
  add_whole_item("a");
  run();
  EXPECT_EQ(sink.events,
            (Strings{"run of demo began with 1", "state validating", "began a validate", "ended a validate succeeded",
                     "state pre_sync", "began a pre_sync", "ended a pre_sync succeeded", "state syncing",
                     "began a sync", "ended a sync succeeded", "state post_sync", "began a post_sync",
                     "ended a post_sync succeeded", "state succeeded", "run ended"}));
}

TEST_F(RunPhases, FindEveryProblemBeforeAnythingChanges) {
  FakeJob& a = add_whole_item("a");
  a.finds = {Problem{"no source", "create it"}, Problem{"no rsync", "install it"}};
  FakeJob& b = add_whole_item("b");
  b.on_validate = failing("cannot look");
  add_whole_item("c");
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(result.failure, FailureKind::Validation);
  EXPECT_EQ(exit_code(result), kExitValidation);
  EXPECT_EQ(errors(), (Strings{"a: no source", "a: no rsync", "b: cannot look"}));
  EXPECT_EQ(result.errors[0].remedy, "create it");
  EXPECT_EQ(notes, (Strings{"a validate", "c validate"}));
  EXPECT_EQ(item("a").end, ItemEnd::Failed);
  EXPECT_EQ(item("c").end, ItemEnd::NotStarted);
}

TEST_F(RunPhases, LeaveOutAnItemWhosePreSyncFailed) {
  FakeJob& a = add_whole_item("a");
  a.on_pre_sync = failing("no room");
  add_whole_item("b");
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(exit_code(result), kExitFailed);
  EXPECT_EQ(notes, (Strings{"a validate", "b validate", "b pre_sync", "b sync", "b post_sync"}));
  EXPECT_EQ(item("a").end, ItemEnd::Failed);
  EXPECT_EQ(item("a").phase, Phase::PreSync);
  EXPECT_EQ(item("a").reason, "no room");
  EXPECT_EQ(item("b").end, ItemEnd::Succeeded);
}

TEST_F(RunPhases, GoOnWithTheOthersWhenOneSyncFails) {
  FakeJob& a = add_whole_item("a");
  a.on_sync = failing("broken", 1s);
  add_whole_item("b", 3s);
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(errors(), (Strings{"a: broken"}));
  EXPECT_EQ(item("b").end, ItemEnd::Succeeded);
  EXPECT_EQ(notes.back(), "b post_sync");
}

TEST_F(RunPhases, StopTheOthersWhenOneFailsAndTheJobSaysAbort) {
  job.common.on_item_failure = OnItemFailure::Abort;
  FakeJob& a = add_whole_item("a");
  a.on_sync = failing("broken", 1s);
  add_whole_item("b", 3s);
  add_whole_item("c");
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(result.took, Duration(1s));
  EXPECT_EQ(errors(), (Strings{"a: broken"}));
  EXPECT_EQ(item("b").end, ItemEnd::Cancelled);
  EXPECT_EQ(item("b").reason, "item 'a' failed");
  EXPECT_EQ(item("c").end, ItemEnd::SyncedNotInstalled);
  EXPECT_EQ(exit_code(result), kExitFailed);
}

TEST_F(RunPhases, AreNotBegunWhenNoItemIsLeft) {
  FakeJob& a = add_whole_item("a");
  a.on_pre_sync = failing("no room");
  run();
  EXPECT_EQ(result.phases.size(), 2U);
  EXPECT_EQ(notes, (Strings{"a validate"}));
}

TEST_F(RunPhases, TakeNoMoreItemsAtOnceThanTheConcurrency) {
  options.concurrency = 2;
  int now = 0;
  int most = 0;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    add_item(name).on_sync = [&](JobContext&) -> awaitable<void> {
      most = std::max(most, ++now);
      co_await sleep_for(1s);
      --now;
    };
  }
  run();
  EXPECT_EQ(most, 2);
  EXPECT_EQ(result.took, Duration(3s));
  EXPECT_EQ(item("e").took, Duration(1s)) << "waiting for a place is not counted";
}

TEST_F(RunPhases, SerializePostSyncPerWrittenPath) {
  for (const char* name : {"a", "b", "c"}) {
    FakeJob& fake = add_item(name);
    fake.has_plan.paths = {written(std::string(name) == "c" ? "/other" : "/srv")};
    fake.on_post_sync = step(name, 1s);
  }
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_EQ(notes, (Strings{"a", "c", "b"}));
  EXPECT_EQ(result.took, Duration(2s));
}

TEST_F(RunPhases, GiveResultsInTheOrderOfTheConfiguration) {
  add_whole_item("slow", 5s);
  add_whole_item("fast", 1s);
  run();
  ASSERT_EQ(result.items.size(), 2U);
  EXPECT_EQ(result.items[0].item, "slow");
  EXPECT_EQ(result.items[0].took, Duration(5s));
  EXPECT_EQ(result.items[1].item, "fast");
  EXPECT_EQ(result.items[1].took, Duration(1s));
}

TEST_F(RunPhases, AreTimed) {
  FakeJob& a = add_whole_item("a", 3s);
  a.on_validate = step("a", 1s);
  run();
  ASSERT_EQ(result.phases.size(), 4U);
  EXPECT_EQ(result.phases[0].took, Duration(1s));
  EXPECT_EQ(result.phases[2].phase, Phase::Sync);
  EXPECT_EQ(result.phases[2].took, Duration(3s));
}

TEST_F(RunPhases, TellTheSameFailureOnce) {
  for (const char* name : {"a", "b", "c"}) add_item(name).on_sync = failing("host 'nas' is gone");
  run();
  EXPECT_EQ(errors(), (Strings{"a: host 'nas' is gone"}));
  EXPECT_EQ(item("c").reason, "host 'nas' is gone");
}

TEST_F(RunPhases, TakeGroupsOfErrorsApart) {
  add_item("a").on_sync = [](JobContext&) -> awaitable<void> {
    auto both = [](TaskGroup& group) -> awaitable<void> {
      for (const char* what : {"first", "second"}) {
        // Deaf to the cancellation by its sibling, as something in the middle of an atomic step is.
        auto fails = [what]() -> awaitable<void> {
          auto deaf = []() -> awaitable<void> { return yield_now(); };
          co_await with_shield(1s, std::move(deaf));
          throw Error(what);
        };
        group.spawn(what, std::move(fails));
      }
      co_return;
    };
    co_await with_task_group(std::move(both));
  };
  run();
  EXPECT_EQ(errors(), (Strings{"a: first", "a: second"}));
}

TEST_F(RunPhases, SurviveWhatIsNoException) {
  add_item("a").on_sync = [](JobContext&) -> awaitable<void> {
    co_await yield_now();
    throw 42;
  };
  run();
  EXPECT_EQ(errors(), (Strings{"a: unknown exception"}));
}

TEST_F(RunPhases, KeepWarningsBesideSuccess) {
  add_item("a").on_sync = [](JobContext& context) -> awaitable<void> {
    context.warn("some files vanished");
    co_return;
  };
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_EQ(result.warnings, (Strings{"some files vanished"}));
  EXPECT_EQ(exit_code(result), 0);
  EXPECT_EQ(exit_code(result, true), 1);
}

class DryRun : public RunPhases {
 protected:
  DryRun() { options.dry_run = true; }
};

TEST_F(DryRun, EndsAfterValidation) {
  FakeJob& a = add_whole_item("a");
  const Strings commands{"rsync -a /srv/ nas:/srv/"};
  a.has_plan.commands = commands;
  a.has_plan.paths = {written("/srv")};
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_TRUE(result.dry_run);
  EXPECT_EQ(notes, (Strings{"a validate"}));
  EXPECT_EQ(item("a").end, ItemEnd::Succeeded);
  EXPECT_EQ(item("a").plan.commands, commands);
}

TEST_F(DryRun, RehearsesTheSyncOfAJobThatCan) {
  FakeJob& a = add_whole_item("a");
  a.can_dry_run = true;
  a.on_sync = [this](JobContext& context) -> awaitable<void> {
    note(context.dry_run() ? "a would sync" : "a syncs");
    co_return;
  };
  add_whole_item("b");
  run();
  EXPECT_EQ(notes, (Strings{"a validate", "b validate", "a would sync"}));
  EXPECT_EQ(item("a").end, ItemEnd::Succeeded);
  EXPECT_EQ(item("b").end, ItemEnd::Succeeded);
}

TEST_F(DryRun, TakesNoLockAndWritesNoLog) {
  OutputQueue queue;
  output = &queue;
  state_directory = testing::TempDir() + "dry_run_state";
  add_whole_item("a").has_plan.paths = {written("/srv")};
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_TRUE(hosts.get("").locks.empty());
  EXPECT_EQ(result.log_file, "");
  EXPECT_FALSE(std::filesystem::exists(state_directory));
}

TEST_F(DryRun, ReportsWhatValidationFinds) {
  add_whole_item("a").finds = {Problem{"no source", ""}};
  run();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_EQ(exit_code(result), kExitValidation);
}

}  // namespace
}  // namespace orchestrator::test
