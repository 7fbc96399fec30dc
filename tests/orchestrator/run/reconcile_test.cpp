#include "orchestrator/run/reconcile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/run/instance.hpp"
#include "tests/support/fake_host.hpp"
#include "tests/support/fake_run_store.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/virtual_loop.hpp"

namespace orchestrator::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kDead = "00dead";

class Reconcile : public testing::Test {
 protected:
  void add_run(const std::string& id, const std::string& instance = kDead) {
    StoredRun run;
    run.id = id;
    run.job = "srv";
    run.instance = instance;
    store_.runs.push_back(run);
  }
  void add_command(const std::string& run, unsigned number, const std::string& host = "") {
    StoredCommand command;
    command.run = run;
    command.number = number;
    command.host = host;
    command.text = "rsync " + std::to_string(number);
    command.trace.cookie = run + "." + std::to_string(number);
    command.state = CommandState::Started;
    store_.commands.push_back(command);
  }
  Reconciled reconcile_now(std::optional<std::string> host = std::nullopt, const std::string& instance = "") {
    Reconciled outcome;
    auto body = [&]() -> awaitable<void> {
      ReconcileSetup setup{store_, hosts_, directory_.path(), instance};
      outcome = co_await reconcile(std::move(setup), std::move(host));
    };
    loop_.run(std::move(body));
    return outcome;
  }
  /// The file that an instance leaves when it is killed.
  std::string die() {
    const Instance instance = begin_instance(directory_.path());
    return instance.id();
  }
  [[nodiscard]] std::vector<std::string> instances() const { return all_instances(directory_.path()); }

  TemporaryDirectory directory_;
  VirtualLoop loop_;
  FakeRunStore store_;
  FakeHosts hosts_;
};

TEST_F(Reconcile, HasNothingToDoWithoutRows) {
  const Reconciled outcome = reconcile_now();
  EXPECT_TRUE(outcome.nothing_to_do());
  EXPECT_TRUE(outcome.all_gone());
  EXPECT_THAT(describe(outcome), IsEmpty());
}

TEST_F(Reconcile, EndsTheCommandsOfTheDeadAndMarksTheirRuns) {
  const std::string dead = die();
  add_run("aa", dead);
  add_command("aa", 1);
  add_command("aa", 2, "nas");
  const Reconciled outcome = reconcile_now();
  EXPECT_TRUE(outcome.all_gone());
  EXPECT_EQ(store_.run("aa").state, "interrupted");
  EXPECT_TRUE(store_.run("aa").has_ended());
  EXPECT_EQ(store_.command("aa", 1).state, CommandState::Gone);
  EXPECT_EQ(hosts_.get("nas").reaped.at(0).cookie, "aa.2");
  EXPECT_THAT(describe(outcome), ElementsAre(HasSubstr("run aa of job 'srv' was interrupted"),
                                             "gone here: 'rsync 1' of run aa", "gone on 'nas': 'rsync 2' of run aa"));
  EXPECT_THAT(instances(), IsEmpty()) << "nothing is left to be known of it";
  EXPECT_TRUE(reconcile_now().nothing_to_do());
}

TEST_F(Reconcile, NeverTouchesTheLiving) {
  const Instance alive = begin_instance(directory_.path());
  add_run("aa", alive.id());
  add_command("aa", 1);
  EXPECT_TRUE(reconcile_now().nothing_to_do());
  EXPECT_THAT(hosts_.get("").reaped, IsEmpty());
  EXPECT_EQ(store_.run("aa").state, kRunningState);
  EXPECT_THAT(instances(), ElementsAre(alive.id()));
}

TEST_F(Reconcile, KeepsWhatIsStillThereForTheNextTime) {
  const std::string dead = die();
  add_run("aa", dead);
  add_command("aa", 1);
  hosts_.get("").on_reap = [](const ProcessTrace&) {
    return std::vector<Leftover>{Leftover{"", "815", "", "may not be signalled"}};
  };
  const Reconciled outcome = reconcile_now();
  EXPECT_FALSE(outcome.all_gone());
  EXPECT_THAT(describe(outcome).back(), HasSubstr("process group 815: 'rsync 1' of run aa: may not be signalled"));
  EXPECT_EQ(store_.command("aa", 1).state, CommandState::Left);
  EXPECT_THAT(instances(), ElementsAre(dead));
  hosts_.get("").on_reap = nullptr;
  EXPECT_TRUE(reconcile_now().all_gone());
  EXPECT_EQ(store_.command("aa", 1).state, CommandState::Gone);
  EXPECT_THAT(instances(), IsEmpty());
}

TEST_F(Reconcile, AHostThatCannotBeReachedHoldsNoOtherUp) {
  add_run("aa");
  add_command("aa", 1, "away");
  add_command("aa", 2, "nas");
  hosts_.get("away").on_reap = [](const ProcessTrace&) -> std::vector<Leftover> {
    throw StartError(StartFailure::Unreachable, "no route to 'away'", "switch it on");
  };
  const Reconciled outcome = reconcile_now();
  EXPECT_FALSE(outcome.all_gone());
  EXPECT_EQ(outcome.hosts.at(0).remedy, "switch it on");
  EXPECT_EQ(store_.command("aa", 1).state, CommandState::Started);
  EXPECT_EQ(store_.command("aa", 2).state, CommandState::Gone);
  EXPECT_EQ(store_.run("aa").state, "interrupted");
}

TEST_F(Reconcile, LooksAfterOneHostAlone) {
  add_run("aa");
  add_command("aa", 1, "nas");
  add_command("aa", 2);
  EXPECT_TRUE(reconcile_now("").all_gone());
  EXPECT_THAT(hosts_.get("nas").reaped, IsEmpty());
  EXPECT_EQ(store_.command("aa", 2).state, CommandState::Gone);
}

TEST_F(Reconcile, OfItsOwnRunsOnlyThoseThatHaveEnded) {
  add_run("aa", "00ff");
  add_command("aa", 1);
  add_run("bb", "00ff");
  add_command("bb", 1);
  store_.run("bb").ended = std::chrono::system_clock::now();
  store_.run("bb").state = "failed";
  EXPECT_TRUE(reconcile_now(std::nullopt, "00ff").all_gone());
  EXPECT_EQ(store_.command("aa", 1).state, CommandState::Started);
  EXPECT_EQ(store_.command("bb", 1).state, CommandState::Gone);
  EXPECT_EQ(store_.run("bb").state, "failed") << "how it ended stays what it was";
}

TEST_F(Reconcile, WhatEndedWithItsInputIsNotLookedFor) {
  add_run("aa");
  add_command("aa", 1, "nas");
  store_.command("aa", 1).trace = ProcessTrace();
  EXPECT_TRUE(reconcile_now().all_gone());
  EXPECT_THAT(hosts_.get("nas").reaped, IsEmpty());
  EXPECT_EQ(store_.command("aa", 1).state, CommandState::Gone);
}

TEST_F(Reconcile, ClearsAwayFilesOfTheDeadThatNeverHadARun) {
  const Instance alive = begin_instance(directory_.path());
  static_cast<void>(die());
  static_cast<void>(reconcile_now());
  EXPECT_THAT(instances(), ElementsAre(alive.id()));
}

TEST_F(Reconcile, TakesNoNameOutOfTheStoreForAPath) {
  add_run("aa", "../../etc/passwd");
  add_command("aa", 1);
  EXPECT_TRUE(reconcile_now().nothing_to_do());
}

}  // namespace
}  // namespace orchestrator::test
