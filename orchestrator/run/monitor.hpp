#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/run/disk_seen.hpp"
#include "orchestrator/run/job.hpp"
#include "orchestrator/run/job_context.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/cancel.hpp"
#include "orchestrator/tasks/start.hpp"

namespace orchestrator {

/// What a run gives to its monitors. Lives as long as the run. Threads: the loop's thread only.
class MonitorContext {
 public:
  MonitorContext() = default;
  virtual ~MonitorContext() = default;
  MonitorContext(const MonitorContext&) = delete;
  MonitorContext& operator=(const MonitorContext&) = delete;

  /// As for jobs: commands count as the run's own.
  [[nodiscard]] virtual Host& host(const std::string& name) = 0;
  virtual void log(LogLevel level, std::string_view text) = 0;
  /// Noteworthy, and in the summary; the run goes on.
  virtual void warn(std::string_view text) = 0;
  /// Cancels the run, by the path of every cancellation.
  virtual void trip(CancelCause cause, std::string text) = 0;
  /// Replaces what was seen of the same path of the same host.
  virtual void seen(const DiskSeen& disk) = 0;
};

/// Watches something for as long as a run works, from before `pre_sync` to after `post_sync`.
class Monitor {
 public:
  Monitor() = default;
  virtual ~Monitor() = default;
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  /// For the task tree.
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;

  /// First looks whether the run may begin at all, and tells through `ready`, within a bounded time whatever does not
  /// answer; changes nothing. Then it watches until cancelled. What it throws then is a warning: the run goes on without it.
  [[nodiscard]] virtual awaitable<void> watch(MonitorContext& context, Started<std::vector<Problem>>& ready) = 0;
};

/// What there is to watch.
struct MonitorSubject {
  const JobConfig& job;
  std::vector<PlannedPath> written;        ///< of all items, each once
  std::vector<ComingData> coming;          ///< as far as it is known
  std::filesystem::path state_directory;   ///< ours; empty: the run keeps nothing
};

/// Makes the monitors of a run; implemented by the wiring.
using MakeMonitors = std::function<std::vector<std::unique_ptr<Monitor>>(const MonitorSubject&)>;

}  // namespace orchestrator
