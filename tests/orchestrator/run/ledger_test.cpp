#include "orchestrator/run/ledger.hpp"

#include <gmock/gmock.h>

#include "orchestrator/run/exit_code.hpp"
#include "tests/support/run_test.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using Strings = std::vector<std::string>;
using testing::HasSubstr;

Command command_with(std::vector<std::string> words) {
  Command command;
  ArgumentVector program;
  program.words = std::move(words);
  command.program = std::move(program);
  return command;
}

/// A run whose only item runs one command, with its records in memory.
class Ledger : public RunTest {
 protected:
  Ledger() {
    keeps_records = true;
    state_directory = directory_.path();
  }

  RunResult run_command(const std::string& host = "") {
    add_item("a").on_sync = [host](JobContext& context) -> awaitable<void> {
      Command command = command_with({"rsync", "-a"});
      co_await context.run(context.host(host), std::move(command));
    };
    return run();
  }
  void refuse(const std::string& refused) {
    store.on_call = [refused](const std::string& call) {
      if (call == refused) throw StoreError("the disk is full", "free space");
    };
  }

  TemporaryDirectory directory_;
};

TEST_F(Ledger, WritesEachStepOfACommandDownInItsOrder) {
  hosts.get("").has_facts.boot_id = "boot";
  hosts.get("").on_start = [this](const Command& command) {
    note(store.calls.back());
    const StoredCommand& stored = store.commands.at(0);
    EXPECT_EQ(stored.state, CommandState::Intended);
    EXPECT_EQ(stored.trace.cookie, command.environment.at("ORCHESTRATOR_COMMAND"));
    EXPECT_EQ(stored.trace.boot_id, "boot");
    EXPECT_EQ(stored.trace.group, "");
    return FakeCommand();
  };
  run_command();
  EXPECT_EQ(notes, Strings{"intend 1"}) << "before the start";
  EXPECT_EQ(store.calls, (Strings{"begin_run", "intend 1", "started 1", "gone 1", "end_run succeeded"}));
  const StoredCommand& stored = store.commands.at(0);
  EXPECT_EQ(stored.run, result.id);
  EXPECT_EQ(stored.text, "rsync -a");
  EXPECT_EQ(stored.trace.group, "1001");
  EXPECT_EQ(stored.trace.start_time, "77");
  EXPECT_EQ(stored.trace.boot_id, "boot");
  EXPECT_THAT(store.runs.at(0).summary, HasSubstr("\"state\":\"succeeded\""));
}

TEST_F(Ledger, WhatCannotBeWrittenDownIsNotStarted) {
  refuse("intend");
  run_command();
  EXPECT_EQ(result.state, RunState::Failed);
  EXPECT_TRUE(hosts.get("").started.empty());
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_THAT(result.errors[0].message, HasSubstr("did not start 'rsync -a'"));
  EXPECT_THAT(result.errors[0].message, HasSubstr("the disk is full"));
  EXPECT_EQ(result.errors[0].remedy, "free space");
}

TEST_F(Ledger, ARunThatCannotBeWrittenDownDoesNotBegin) {
  refuse("begin_run");
  run_command();
  EXPECT_EQ(exit_code(result), kExitFailed);
  EXPECT_TRUE(hosts.get("").started.empty());
  EXPECT_TRUE(hosts.get("").locks.empty());
}

TEST_F(Ledger, AfterTheStartAFullDiskIsAWarning) {
  store.on_call = [](const std::string& call) {
    if (call == "started" || call == "gone" || call == "end_run") throw StoreError("the disk is full", "free space");
  };
  run_command();
  EXPECT_EQ(result.state, RunState::Succeeded);
  ASSERT_EQ(result.warnings.size(), 2U) << "one for all commands, one for the end";
  EXPECT_THAT(result.warnings[0], HasSubstr("the disk is full"));
}

TEST_F(Ledger, KeepsWhatWasNotSeenToBeGone) {
  FakeCommand escapes;
  escapes.leaves = {Leftover{"", "815", "rsync", "still there"}};
  hosts.get("").on_start = [escapes](const Command&) { return escapes; };
  run_command();
  EXPECT_EQ(exit_code(result), kExitUnconfirmed);
  EXPECT_EQ(store.commands.at(0).state, CommandState::Left);
  EXPECT_THAT(store.runs.at(0).summary, HasSubstr("815"));
}

TEST_F(Ledger, ACommandThatCouldNotBeStartedIsGone) {
  hosts.get("").on_start = [](const Command&) -> FakeCommand { throw StartError(StartFailure::NotFound, "no rsync"); };
  run_command();
  EXPECT_EQ(store.commands.at(0).state, CommandState::Gone);
}

TEST_F(Ledger, ACommandWhoseConnectionWasLostAtItsStartMayBeThere) {
  hosts.get("nas").on_start = [](const Command&) -> FakeCommand {
    throw StartError(StartFailure::Unreachable, "connection lost");
  };
  run_command("nas");
  EXPECT_EQ(store.commands.at(0).state, CommandState::Left);
}

TEST_F(Ledger, ADryRunWritesNothingDown) {
  options.dry_run = true;
  add_item("a").on_validate = [](JobContext& context) -> awaitable<void> {
    Command command = command_with({"true"});
    co_await context.run(context.host(""), std::move(command));
  };
  run();
  EXPECT_EQ(hosts.get("").started.size(), 1U);
  EXPECT_TRUE(store.calls.empty());
}

TEST_F(Ledger, KnowsTheGuaranteeOfAHostThatOnlyValidationHasUsed) {
  hosts.get("nas").has_facts.guarantee = Guarantee::Cookie;
  FakeJob& a = add_item("a");
  a.on_validate = [](JobContext& context) -> awaitable<void> {
    Command command = command_with({"true"});
    co_await context.run(context.host("nas"), std::move(command));
  };
  a.finds.push_back(Problem{"no such path", "make it"});
  run();
  EXPECT_EQ(result.failure, FailureKind::Validation);
  ASSERT_TRUE(result.guarantees.contains("nas"));
  EXPECT_EQ(result.guarantees.at("nas"), Guarantee::Cookie);
}

TEST_F(Ledger, HasNoSecrets) {
  const auto token = directory_.write("token", "hunter2-and-more");
  add_item("a").on_sync = [token](JobContext& context) -> awaitable<void> {
    std::string secret = co_await context.resolve("${file:" + token.string() + "}");
    std::vector<std::string> words;
    words.emplace_back("login");
    words.push_back(secret);
    Command command = command_with(std::move(words));
    co_await context.run(context.host(""), std::move(command));
  };
  run();
  ASSERT_EQ(store.commands.size(), 1U) << (result.errors.empty() ? "" : result.errors[0].message);
  EXPECT_THAT(store.commands[0].text, testing::Not(HasSubstr("hunter2")));
}

TEST_F(Ledger, BeforeItsFirstCommandOnAHostARunEndsWhatTheDeadLeftThere) {
  StoredRun dead;
  dead.id = "0123";
  dead.job = "old";
  dead.instance = "00ff";
  store.runs.push_back(dead);
  StoredCommand command;
  command.run = "0123";
  command.number = 7;
  command.host = "nas";
  command.trace.cookie = "cookie";
  store.commands.push_back(command);
  hosts.get("nas").on_start = [this](const Command&) {
    note("start after " + std::to_string(hosts.get("nas").reaped.size()));
    return FakeCommand();
  };
  run_command("nas");
  EXPECT_EQ(notes, Strings{"start after 1"});
  EXPECT_EQ(hosts.get("nas").reaped.at(0).cookie, "cookie");
  EXPECT_EQ(store.run("0123").state, "interrupted");
  EXPECT_EQ(store.command("0123", 7).state, CommandState::Gone);
  EXPECT_EQ(result.state, RunState::Succeeded);
}

}  // namespace
}  // namespace orchestrator::test
