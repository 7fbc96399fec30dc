#include "orchestrator/run/result.hpp"

namespace orchestrator {

std::string_view to_string(RunState state) noexcept {
  switch (state) {
    case RunState::Queued: return "queued";
    case RunState::Validating: return "validating";
    case RunState::PreSync: return "pre_sync";
    case RunState::Syncing: return "syncing";
    case RunState::PostSync: return "post_sync";
    case RunState::Cancelling: return "cancelling";
    case RunState::Succeeded: return "succeeded";
    case RunState::Failed: return "failed";
    case RunState::Cancelled: return "cancelled";
    case RunState::TimedOut: return "timed_out";
    case RunState::Skipped: return "skipped";
    case RunState::Interrupted: return "interrupted";
  }
  return "unknown";
}

bool is_final(RunState state) noexcept { return state >= RunState::Succeeded; }

std::string_view to_string(ItemEnd end) noexcept {
  switch (end) {
    case ItemEnd::NotStarted: return "not started";
    case ItemEnd::Succeeded: return "succeeded";
    case ItemEnd::Failed: return "failed";
    case ItemEnd::Cancelled: return "cancelled";
    case ItemEnd::SyncedNotInstalled: return "synced, not installed";
  }
  return "unknown";
}

}  // namespace orchestrator
