#include <csignal>

#include "orchestrator/run/exit_code.hpp"
#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

CancelReason signal_reason(int number) { return CancelReason{CancelCause::Signal, "SIG" + signal_name(number), number}; }

class RunCancellation : public RunTest {
 protected:
  FakeJob& add_slow_item(const std::string& name = "a") {
    FakeJob& fake = add_item(name);
    fake.on_validate = step("validate", 10s);
    fake.on_pre_sync = step("pre_sync", 10s);
    fake.on_sync = step("sync", 10s);
    fake.on_post_sync = step("post_sync", 10s);
    return fake;
  }
  [[nodiscard]] bool told(const std::string& event) const {
    return std::find(sink.events.begin(), sink.events.end(), event) != sink.events.end();
  }
};

struct CancelledIn {
  Phase phase;
  ItemEnd end;
  Strings notes;
};

class CancelInPhase : public RunCancellation, public testing::WithParamInterface<CancelledIn> {};

TEST_P(CancelInPhase, EndsItThereAndBeginsNoOther) {
  const CancelledIn& expected = GetParam();
  add_slow_item();
  const auto when = Duration(10s) * static_cast<int>(expected.phase) + 5s;
  cancel_at(when, CancelLevel::Stop, signal_reason(SIGINT));
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(exit_code(result), 130);
  EXPECT_EQ(result.took, when);
  EXPECT_EQ(result.items[0].end, expected.end);
  EXPECT_EQ(result.items[0].phase, expected.phase);
  EXPECT_EQ(result.items[0].reason, "signal: SIGINT");
  EXPECT_EQ(notes, expected.notes);
  EXPECT_TRUE(result.errors.empty());
  EXPECT_TRUE(told("state cancelling"));
  EXPECT_TRUE(hosts.get("").held.empty());
}

INSTANTIATE_TEST_SUITE_P(
    EveryPhase, CancelInPhase,
    testing::Values(CancelledIn{Phase::Validate, ItemEnd::NotStarted, {}},
                    CancelledIn{Phase::PreSync, ItemEnd::Cancelled, {"validate"}},
                    CancelledIn{Phase::Sync, ItemEnd::Cancelled, {"validate", "pre_sync"}},
                    CancelledIn{Phase::PostSync, ItemEnd::SyncedNotInstalled, {"validate", "pre_sync", "sync"}}),
    [](const auto& tested) { return std::string(to_string(tested.param.phase)); });

TEST_F(RunCancellation, BeforeTheStartRunsNothing) {
  add_slow_item();
  scope.cancel(CancelReason{CancelCause::Shutdown, {}});
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(exit_code(result), kExitCancelled);
  EXPECT_EQ(result.items[0].end, ItemEnd::NotStarted);
  EXPECT_TRUE(result.phases.empty());
}

TEST_F(RunCancellation, FromAroundTheRunCountsTheSame) {
  add_slow_item();
  at(5s, [this] { loop.loop().root_scope().cancel(CancelReason{CancelCause::Shutdown, "upgrade"}); });
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  ASSERT_TRUE(result.reason);
  EXPECT_EQ(result.reason->cause, CancelCause::Shutdown);
}

TEST_F(RunCancellation, OnceTheWorkIsOverChangesNothing) {
  add_item("a").on_sync = [](JobContext& context) -> awaitable<void> {
    context.on_exit("tidy up", [](Ending) { return sleep_for(4s); });
    co_return;
  };
  cancel_at(2s);
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_FALSE(result.reason);
  EXPECT_FALSE(told("state cancelling"));
  EXPECT_TRUE(told("stopping at level stop")) << "somebody who presses ^C is told what goes on";
  EXPECT_EQ(result.took, Duration(4s));
}

TEST_F(RunCancellation, InTheVeryLastMomentHoldsNothingUp) {
  add_item("a").on_sync = [this](JobContext& context) -> awaitable<void> {
    context.on_exit("last", [this](Ending) -> awaitable<void> {
      scope.cancel(CancelReason{CancelCause::Operator, "too late"});
      co_return;
    });
    co_return;
  };
  run();
  EXPECT_EQ(result.state, RunState::Succeeded);
  EXPECT_EQ(result.took, Duration(0s));
  EXPECT_TRUE(sink.stops.empty());
}

TEST_F(RunCancellation, BeforeTheLastItemEndedIsNoSuccessEvenIfItDid) {
  add_item("a").on_post_sync = [this](JobContext&) -> awaitable<void> {
    scope.cancel(CancelReason{CancelCause::Operator, "late"});
    co_return;
  };
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(result.items[0].end, ItemEnd::Succeeded);
}

TEST_F(RunCancellation, AnItemThatSyncedAllTheSameIsNotInstalled) {
  add_item("a").on_sync = [this](JobContext&) -> awaitable<void> {
    scope.cancel(CancelReason{CancelCause::Operator, "now"});
    co_return;
  };
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(result.items[0].end, ItemEnd::SyncedNotInstalled);
}

TEST_F(RunCancellation, ByTheJobsTimeoutIsATimeout) {
  job.common.timeout = 15s;
  add_slow_item();
  run();
  EXPECT_EQ(result.state, RunState::TimedOut);
  EXPECT_EQ(exit_code(result), kExitTimedOut);
  EXPECT_EQ(result.took, Duration(15s));
  EXPECT_EQ(to_string(*result.reason), "deadline: limit of 15 s");
}

TEST_F(RunCancellation, TheCommandLinesTimeoutBeatsTheJobs) {
  job.common.timeout = 15s;
  options.timeout = 5s;
  add_slow_item();
  run();
  EXPECT_EQ(result.took, Duration(5s));
}

TEST_F(RunCancellation, TheFirstReasonIsTheOneThatCounts) {
  options.timeout = 5s;
  FakeJob& a = add_slow_item();
  a.on_validate = [](JobContext&) -> awaitable<void> {
    auto slow_end = []() -> awaitable<void> { return sleep_for(10s); };
    auto work = []() -> awaitable<void> { return sleep_for(60s); };
    co_await with_cleanup(30s, std::move(work), std::move(slow_end));
  };
  cancel_at(7s, CancelLevel::Stop, signal_reason(SIGTERM));
  run();
  EXPECT_EQ(result.state, RunState::TimedOut);
  EXPECT_EQ(result.took, Duration(15s));
}

TEST_F(RunCancellation, ByAMonitorHasItsOwnExitCode) {
  add_slow_item();
  cancel_at(15s, CancelLevel::Stop, CancelReason{CancelCause::Disk, "/srv has 14 % left"});
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(exit_code(result), kExitMonitor);
}

TEST_F(RunCancellation, KeepsTheErrorsBesideIt) {
  FakeJob& a = add_slow_item("a");
  a.on_pre_sync = failing("broken", 1s);
  add_slow_item("b");
  cancel_at(15s, CancelLevel::Stop, signal_reason(SIGTERM));
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(exit_code(result), 143);
  ASSERT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(result.errors[0].message, "broken");
  EXPECT_EQ(item("a").end, ItemEnd::Failed);
  EXPECT_EQ(item("b").end, ItemEnd::Cancelled);
}

TEST_F(RunCancellation, AfterAProblemWasFoundTellsBoth) {
  FakeJob& a = add_item("a");
  a.finds = {Problem{"no source", ""}};
  add_slow_item("b");
  cancel_at(5s);
  run();
  EXPECT_EQ(result.state, RunState::Cancelled);
  EXPECT_EQ(result.errors.size(), 1U);
  EXPECT_EQ(exit_code(result), kExitValidation);
}

TEST_F(RunCancellation, SaysHowManyProcessesItStopsAndWhere) {
  FakeCommand slow;
  slow.takes = 60s;
  slow.stop_takes = 2s;
  for (const char* host : {"", "nas"}) hosts.get(host).on_start = [slow](const Command&) { return slow; };
  const auto run_on = [this](const std::string& name, const std::string& host) {
    add_item(name).on_sync = [host](JobContext& context) -> awaitable<void> {
      Command command;
      command.program = ArgumentVector{{"sleep"}};
      co_await context.run(context.host(host), std::move(command));
    };
  };
  run_on("a", "");
  run_on("b", "");
  run_on("c", "nas");
  cancel_at(5s, CancelLevel::Stop, signal_reason(SIGINT));
  run();
  ASSERT_EQ(sink.stops.size(), 1U);
  const std::vector<std::pair<std::string, std::size_t>> expected{{"", 2}, {"nas", 1}};
  EXPECT_EQ(sink.stops[0].processes, expected);
  EXPECT_EQ(sink.stops[0].reason.signal, SIGINT);
  EXPECT_EQ(hosts.get("").running, 0U);
  EXPECT_EQ(result.took, Duration(7s));
  EXPECT_EQ(result.cancel_took, Duration(2s));
}

TEST_F(RunCancellation, ThatRisesToKillIsToldAgain) {
  FakeJob& a = add_item("a");
  a.on_sync = [](JobContext&) -> awaitable<void> {
    auto work = []() -> awaitable<void> { return sleep_for(60s); };
    auto slow_end = []() -> awaitable<void> { return sleep_for(20s); };
    co_await with_cleanup(30s, std::move(work), std::move(slow_end));
  };
  cancel_at(1s);
  cancel_at(3s, CancelLevel::Kill);
  run();
  ASSERT_EQ(sink.stops.size(), 2U);
  EXPECT_EQ(sink.stops[1].level, CancelLevel::Kill);
  EXPECT_EQ(result.took, Duration(3s) + kKillLimit);
  EXPECT_EQ(result.state, RunState::Cancelled);
}

TEST_F(RunCancellation, AtOnceToKillIsToldOnce) {
  add_slow_item();
  cancel_at(1s, CancelLevel::Kill);
  run();
  ASSERT_EQ(sink.stops.size(), 1U);
  EXPECT_EQ(sink.stops[0].level, CancelLevel::Kill);
}

}  // namespace
}  // namespace orchestrator::test
