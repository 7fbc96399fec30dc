#include <algorithm>
#include <utility>

#include "orchestrator/run/execution.hpp"
#include "orchestrator/run/run_errors.hpp"

namespace orchestrator {

void Execution::add_error(RunError error, FailureKind kind) {
  const auto mask = [this](std::string_view text) { return context_.references.mask(text); };
  mask_error(error, mask);
  // A stall has an exit code of its own, which beats that of other failures.
  const bool stalled = kind == FailureKind::Stall && result_.failure == FailureKind::Work;
  if (result_.failure == FailureKind::None || stalled) result_.failure = kind;
  const auto same = [&error](const RunError& other) { return is_same_failure(error, other); };
  if (std::any_of(result_.errors.begin(), result_.errors.end(), same)) return;
  events_.failed(error);
  result_.errors.push_back(std::move(error));
}

void Execution::add_errors(const std::exception_ptr& thrown, Phase phase, const std::string& item,
                           FailureKind kind) {
  for (RunError& error : run_errors(thrown, phase, item)) add_error(std::move(error), kind);
}

bool Execution::is_skipped() {
  if (changing_ || result_.errors.empty()) return false;
  for (const auto& [host, why] : context_.commands.unreachable_hosts()) {
    if (!setup_.hosts.skips_unreachable(host)) continue;
    result_.skipped_because = context_.references.mask(why);
    return true;
  }
  return false;
}

RunState Execution::ending_state() const {
  if (result_.reason) {
    return result_.reason->cause == CancelCause::Deadline ? RunState::TimedOut : RunState::Cancelled;
  }
  if (!result_.errors.empty()) return RunState::Failed;
  return result_.skipped_because.empty() ? RunState::Succeeded : RunState::Skipped;
}

Phase Execution::last_phase(const RunItem& item) const {
  if (!options_.dry_run) return Phase::PostSync;
  return item.job->syncs_in_dry_run() ? Phase::Sync : Phase::Validate;
}

void Execution::settle_item(RunItem& item) const {
  ItemResult& result = item.result;
  const Phase last = last_phase(item);
  if (!result_.skipped_because.empty()) {
    result.end = ItemEnd::NotStarted;
    result.reason = result_.skipped_because;
  } else if (item.failed) {
    result.end = ItemEnd::Failed;
  } else if (item.done == last && (last != Phase::Validate || result_.errors.empty())) {
    result.end = ItemEnd::Succeeded;
  } else if (item.done == Phase::Sync) {
    result.end = ItemEnd::SyncedNotInstalled;
  } else if (item.done == Phase::PreSync || (item.cancelled && result.phase != Phase::Validate)) {
    result.end = ItemEnd::Cancelled;
  } else {
    result.end = ItemEnd::NotStarted;
  }
  if (result.end == ItemEnd::Succeeded || !result.reason.empty()) return;
  if (result_.reason) {
    result.reason = to_string(*result_.reason);
  } else if (!aborted_because_.empty()) {
    result.reason = aborted_because_;
  } else if (!result_.errors.empty()) {
    result.reason = result_.errors.front().message;
  }
}

Ending Execution::ending_of(std::size_t index) const {
  switch (items_[index]->result.end) {
    case ItemEnd::Succeeded: return Ending::Succeeded;
    case ItemEnd::Failed: return Ending::Failed;
    default: return Ending::Cancelled;
  }
}

}  // namespace orchestrator
