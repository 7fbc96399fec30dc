#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/config/places.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/output/output_queue.hpp"
#include "orchestrator/run/events.hpp"
#include "orchestrator/run/job.hpp"
#include "orchestrator/run/monitor.hpp"
#include "orchestrator/run/result.hpp"
#include "orchestrator/store/run_store.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

/// Hosts by name, made when first asked for; "" is this machine. Implemented by the wiring, and in tests.
class Hosts {
 public:
  Hosts() = default;
  virtual ~Hosts() = default;
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;
  /// \throws Error for a name that is not configured.
  [[nodiscard]] virtual Host& get(const std::string& name) = 0;
  /// `if_unreachable = "skip"`: a run that cannot reach this host is skipped instead of failed.
  [[nodiscard]] virtual bool skips_unreachable(const std::string& /*name*/) const { return false; }
};

struct RunOptions {
  bool dry_run = false;
  bool strict = false;                    ///< warnings count as failures in the exit code
  std::optional<Duration> timeout;        ///< instead of the job's
  std::optional<unsigned> concurrency;    ///< instead of the job's
  std::string started_by{};               ///< for people: "uid 1000"
  Duration cleanup_limit = std::chrono::seconds(30);  ///< of the whole exit stack
};

/// What a run works with. All that it refers to outlives the run.
struct RunSetup {
  std::string id;
  const JobConfig& job;
  std::vector<std::unique_ptr<Job>> items;
  Hosts& hosts;
  EventSink& events;
  std::filesystem::path state_directory;  ///< logs in runs/; made where it is missing
  OutputQueue* output = nullptr;          ///< writes the run's log; null: no log
  UserContext user = current_user();      ///< whose environment and files references are read from
  RunStore* store = nullptr;              ///< keeps run and commands; null: nobody finds them after a crash
  std::string instance{};                 ///< of this orchestrator (instance.hpp)
  MakeMonitors monitors{};                ///< none: nothing is watched
};

/// Takes a job through its phases. Everything that can go wrong is in the result; nothing throws.
///
/// Validation comes first, under the job's lock on this machine, for all items; then the locks of all paths that are
/// written, here and where they are; then `pre_sync`, `sync` and `post_sync`, each for all items before the next; then,
/// always, what was registered with `on_exit`. A dry run takes no locks, writes no log and nothing into the store, and ends with the `sync` of
/// those jobs that can do it without changing anything.
///
/// `scope` is the run's own: whoever holds it cancels the run, with level and reason. It must not be entered yet.
/// Cancellation from around it counts the same. When this returns, nothing that the run started is left, or the result's
/// leftovers list it.
[[nodiscard]] awaitable<RunResult> execute_run(RunSetup setup, RunOptions options, CancelScope& scope);

}  // namespace orchestrator
