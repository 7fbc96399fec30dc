#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/error.hpp"
#include "orchestrator/process/trace.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

using StoredTime = std::chrono::system_clock::time_point;

/// The state of a run that has begun and not ended, as far as the store knows.
inline constexpr std::string_view kRunningState = "running";

struct StoredRun {
  std::string id;
  std::string job;
  std::string instance;  ///< of the orchestrator that it belongs to
  std::string state{kRunningState};
  StoredTime began{};
  StoredTime ended{};    ///< the epoch while it has not ended
  std::string summary{}; ///< JSON; empty while it has not ended

  [[nodiscard]] bool has_ended() const noexcept { return ended != StoredTime(); }
};

/// Which runs are asked for; empty fields match everything.
struct RunQuery {
  std::string job;
  std::string state;
  std::string id_prefix;
  unsigned limit = 100;
};

/// What is known of a command; everything but `Gone` has to be looked after when its orchestrator is dead.
enum class CommandState : std::uint8_t {
  Intended,  ///< may have been started
  Started,
  Gone,  ///< seen to be, or never started
  Left,  ///< not seen to be gone
};
[[nodiscard]] std::string_view to_string(CommandState state) noexcept;

struct StoredCommand {
  std::string run;
  unsigned number = 0;  ///< in its run
  std::string host;     ///< empty: this machine
  ProcessTrace trace;
  std::string text;     ///< for people; secrets masked
  CommandState state = CommandState::Intended;
};

/// The store cannot be read or written.
class StoreError : public Error {
 public:
  using Error::Error;
};

/// What survives the death of an orchestrator: its runs, and how to find the commands of each (decision 18).
///
/// A call that has returned is on the disk, whatever kills this program. Calls take effect in the order in which they
/// are made. All throw StoreError. Cancellation: deaf to it, but never longer than `kStoreLimit`.
/// Threads: the loop's thread only.
class RunStore {
 public:
  RunStore() = default;
  virtual ~RunStore() = default;
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;

  /// Adds a run, and forgets those that ended long ago.
  [[nodiscard]] virtual awaitable<void> begin_run(StoredRun run) = 0;
  [[nodiscard]] virtual awaitable<void> end_run(std::string run, std::string state, StoredTime ended,
                                                std::string summary) = 0;

  /// Adds a command that is about to be started.
  [[nodiscard]] virtual awaitable<void> intend(StoredCommand command) = 0;
  [[nodiscard]] virtual awaitable<void> started(std::string run, unsigned number, ProcessTrace trace) = 0;
  [[nodiscard]] virtual awaitable<void> set_state(std::string run, unsigned number, CommandState state) = 0;

  /// Runs that have not ended, or have commands that are not gone, in the order of their beginning.
  /// \param living of this instance only those that have ended; no run's instance is empty.
  [[nodiscard]] virtual awaitable<std::vector<StoredRun>> open_runs(std::string living) = 0;
  /// The newest runs that match, the newest first.
  [[nodiscard]] virtual awaitable<std::vector<StoredRun>> newest_runs(RunQuery query) = 0;
  /// Commands that are not gone, in the order of runs and numbers.
  [[nodiscard]] virtual awaitable<std::vector<StoredCommand>> open_commands() = 0;
};

/// How long one call may take.
inline constexpr std::chrono::seconds kStoreLimit{10};

// Runs that have ended are kept this long, and so many of them; one with commands that are not gone, for the time at least.
inline constexpr std::chrono::days kKeepRuns{90};
inline constexpr unsigned kMostKeptRuns = 1000;

}  // namespace orchestrator
