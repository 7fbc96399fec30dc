#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/host.hpp"
#include "orchestrator/run/disk_seen.hpp"
#include "orchestrator/run/phase.hpp"
#include "orchestrator/run/plan.hpp"
#include "orchestrator/tasks/cancel.hpp"

namespace orchestrator {

enum class RunState : std::uint8_t {
  Queued,
  Validating,
  PreSync,
  Syncing,
  PostSync,
  Cancelling,
  Succeeded,
  Failed,
  Cancelled,
  TimedOut,
  Skipped,
  Interrupted,
};
[[nodiscard]] std::string_view to_string(RunState state) noexcept;
[[nodiscard]] bool is_final(RunState state) noexcept;

/// Why a run that failed failed: for the exit code.
/// A run that was cancelled may have found problems before: both are told.
enum class FailureKind : std::uint8_t { None, Work, Configuration, Validation, Busy, Stall };

/// One thing that went wrong, as the report shows it.
struct RunError {
  std::string item;     ///< the first one that had it; empty: the run as a whole
  Phase phase = Phase::Validate;
  std::string message;
  std::string remedy;
  // Of a failed command; empty otherwise:
  std::string host;
  std::string command;
  std::string status;   ///< "exit code 12 (error in rsync protocol data stream)"
  std::vector<std::string> error_lines;  ///< the last 20 lines of its stderr
};

enum class ItemEnd : std::uint8_t { NotStarted, Succeeded, Failed, Cancelled, SyncedNotInstalled };
[[nodiscard]] std::string_view to_string(ItemEnd end) noexcept;

struct ItemResult {
  std::string item;
  ItemEnd end = ItemEnd::NotStarted;
  Phase phase = Phase::Validate;  ///< the last one that it was in
  Duration took{};                ///< of its phases together
  std::optional<std::uint64_t> bytes;
  std::string reason;             ///< why it did not succeed, one line
  JobPlan plan;                   ///< what it does, or would do
};

struct PhaseTime {
  Phase phase;
  Duration took{};
};

/// All that is known of a run that has ended.
struct RunResult {
  std::string id;
  std::string job;
  bool dry_run = false;
  std::string started_by;              ///< for people; empty: not known
  RunState state = RunState::Failed;
  FailureKind failure = FailureKind::None;
  std::optional<CancelReason> reason;  ///< set when cancelled or timed out
  std::string skipped_because;         ///< set when skipped
  std::vector<ItemResult> items;       ///< in the order of the configuration
  std::vector<PhaseTime> phases;
  std::vector<RunError> errors;        ///< in the order in which they happened
  std::vector<std::string> warnings;
  std::vector<Leftover> leftovers;
  std::vector<DiskSeen> disks;     ///< what monitors saw of what it writes to
  std::vector<std::string> hosts;  ///< on which a command was started; "" is this machine
  std::map<std::string, Guarantee> guarantees;  ///< per host that was used; "" is this machine
  std::chrono::system_clock::time_point began;
  Duration took{};
  Duration cancel_took{};  ///< from the cancellation to the end
  std::string log_file;  ///< empty: none, as for a dry run
};

}  // namespace orchestrator
