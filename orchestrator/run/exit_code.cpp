#include "orchestrator/run/exit_code.hpp"

#include <csignal>

namespace orchestrator {

namespace {

int code_of_failure(FailureKind failure) {
  switch (failure) {
    case FailureKind::Configuration: return kExitUsage;
    case FailureKind::Validation: return kExitValidation;
    case FailureKind::Busy: return kExitBusy;
    case FailureKind::None:
    case FailureKind::Stall:
    case FailureKind::Work: break;
  }
  return 0;
}

int code_of_reason(const CancelReason& reason) {
  switch (reason.cause) {
    case CancelCause::Deadline: return kExitTimedOut;
    case CancelCause::Disk:
    case CancelCause::Stall: return kExitMonitor;
    case CancelCause::Signal: return kExitSignal + (reason.signal != 0 ? reason.signal : SIGTERM);
    case CancelCause::Operator:
    case CancelCause::ClientGone:
    case CancelCause::Shutdown:
    case CancelCause::Sleep: return kExitCancelled;
    case CancelCause::SiblingFailed:
    case CancelCause::ConnectionLost: return kExitFailed;
  }
  return kExitFailed;
}

int code_of_state(const RunResult& result, bool strict) {
  const CancelReason unknown;
  switch (result.state) {
    case RunState::Succeeded: return strict && !result.warnings.empty() ? kExitFailed : kExitSucceeded;
    case RunState::Skipped: return kExitSucceeded;
    case RunState::Cancelled: return code_of_reason(result.reason.value_or(unknown));
    case RunState::TimedOut: return kExitTimedOut;
    case RunState::Interrupted: return kExitInterrupted;
    default: return result.failure == FailureKind::Stall ? kExitMonitor : kExitFailed;
  }
}

}  // namespace

int exit_code(const RunResult& result, bool strict) {
  if (!result.leftovers.empty()) return kExitUnconfirmed;
  const int before_any_change = code_of_failure(result.failure);
  if (before_any_change != 0) return before_any_change;
  return code_of_state(result, strict);
}

}  // namespace orchestrator
