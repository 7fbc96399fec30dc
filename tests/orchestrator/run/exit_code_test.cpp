#include "orchestrator/run/exit_code.hpp"

#include <csignal>

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

/// One row of the table in architecture.md.
struct Row {
  std::string name;
  int code;
  RunState state;
  FailureKind failure = FailureKind::None;
  std::optional<CancelReason> reason{};
  bool left_something = false;
  bool warned = false;
  bool strict = false;
};

CancelReason cause(CancelCause what, int signal = 0) { return CancelReason{what, {}, signal}; }

class ExitCodeOfARun : public testing::TestWithParam<Row> {};

TEST_P(ExitCodeOfARun, IsThatOfTheTable) {
  const Row& row = GetParam();
  RunResult result;
  result.state = row.state;
  result.failure = row.failure;
  result.reason = row.reason;
  if (row.left_something) result.leftovers.push_back(Leftover{"nas", "815", "rsync", "connection lost"});
  if (row.warned) result.warnings.emplace_back("some files vanished");
  EXPECT_EQ(exit_code(result, row.strict), row.code);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ExitCodeOfARun,
    testing::Values(
        Row{"Succeeded", 0, RunState::Succeeded},
        Row{.name = "SucceededWithWarnings", .code = 0, .state = RunState::Succeeded, .warned = true},
        Row{.name = "StrictWithWarnings", .code = 1, .state = RunState::Succeeded, .warned = true, .strict = true},
        Row{.name = "StrictWithoutWarnings", .code = 0, .state = RunState::Succeeded, .strict = true},
        Row{"Skipped", 0, RunState::Skipped},
        Row{"Failed", 1, RunState::Failed, FailureKind::Work},
        Row{"Configuration", 2, RunState::Failed, FailureKind::Configuration},
        Row{"Validation", 3, RunState::Failed, FailureKind::Validation},
        Row{"Busy", 4, RunState::Failed, FailureKind::Busy},
        Row{"TimedOut", 5, RunState::TimedOut, FailureKind::None, cause(CancelCause::Deadline)},
        Row{"Disk", 6, RunState::Cancelled, FailureKind::None, cause(CancelCause::Disk)},
        Row{"Stall", 6, RunState::Cancelled, FailureKind::None, cause(CancelCause::Stall)},
        Row{"Operator", 8, RunState::Cancelled, FailureKind::None, cause(CancelCause::Operator)},
        Row{"Shutdown", 8, RunState::Cancelled, FailureKind::None, cause(CancelCause::Shutdown)},
        Row{"Sleep", 8, RunState::Cancelled, FailureKind::None, cause(CancelCause::Sleep)},
        Row{"ClientGone", 8, RunState::Cancelled, FailureKind::None, cause(CancelCause::ClientGone)},
        Row{"Interrupted", 9, RunState::Interrupted},
        Row{"Sigint", 130, RunState::Cancelled, FailureKind::None, cause(CancelCause::Signal, SIGINT)},
        Row{"Sigterm", 143, RunState::Cancelled, FailureKind::None, cause(CancelCause::Signal, SIGTERM)},
        Row{"Sighup", 129, RunState::Cancelled, FailureKind::None, cause(CancelCause::Signal, SIGHUP)},
        Row{.name = "LeftoversBeatSuccess", .code = 7, .state = RunState::Succeeded, .left_something = true},
        Row{"LeftoversBeatASignal", 7, RunState::Cancelled, FailureKind::None, cause(CancelCause::Signal, SIGINT), true},
        Row{"LeftoversBeatValidation", 7, RunState::Failed, FailureKind::Validation, {}, true},
        Row{"ValidationBeatsASignal", 3, RunState::Cancelled, FailureKind::Validation,
            cause(CancelCause::Signal, SIGINT)},
        Row{"BusyBeatsATimeout", 4, RunState::TimedOut, FailureKind::Busy, cause(CancelCause::Deadline)},
        Row{"ATimeoutBeatsFailure", 5, RunState::TimedOut, FailureKind::Work, cause(CancelCause::Deadline)},
        Row{"AMonitorBeatsFailure", 6, RunState::Cancelled, FailureKind::Work, cause(CancelCause::Disk)},
        Row{"ASignalBeatsFailure", 130, RunState::Cancelled, FailureKind::Work, cause(CancelCause::Signal, SIGINT)}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace orchestrator
