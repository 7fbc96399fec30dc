#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/engine/engine.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "systemd/authority.hpp"

namespace orchestrator {

/// The caller may not do that.
class NotAuthorized : public Error {
 public:
  using Error::Error;
};

/// What the daemon does for those who ask, besides running jobs. Given by the wiring.
struct ServiceActions {
  /// \throws ConfigErrors, and the old configuration stays.
  std::function<awaitable<void>()> reload;
  /// Of one host, or ("") of all. \return a JSON line.
  std::function<awaitable<std::string>(std::string host)> reconcile;
  /// Writes the events of a run into a descriptor, which it closes.
  std::function<std::unique_ptr<RunFollower>(const EngineRun& run, int descriptor)> follow;
  /// The result of a run that has ended, as JSON line.
  std::function<std::string(const EngineRun& run)> details;
  std::function<std::string()> task_tree;
};

/// A run in a list.
struct RunRow {
  std::string id;
  std::string job;
  std::string state;
  std::chrono::system_clock::time_point began;
  std::chrono::system_clock::time_point ended;  ///< the epoch: it has not
  int exit_code = -1;                           ///< -1: not known
  bool has_object = false;
};

struct RunFilter {
  std::string job;
  std::string state;
  std::string id_prefix;
  bool active = false;
};

/// What those on the bus may ask for, without the bus: who may, what it means, what comes out.
///
/// All throw Refused, NotAuthorized, ConfigErrors, Error. Threads: the loop's thread only.
class Requests {
 public:
  static constexpr std::size_t kMostFollowers = 16;  ///< of a run
  static constexpr unsigned kMostRows = 1000;

  /// All outlive this.
  Requests(Engine& engine, const ServiceActions& actions, Authority& authority)
      : engine_(engine), actions_(actions), authority_(authority) {}

  [[nodiscard]] awaitable<EngineRun*> run_job(Caller caller, RunOrder order);
  [[nodiscard]] awaitable<void> cancel(Caller caller, std::string id, std::string level);
  [[nodiscard]] awaitable<std::vector<RunRow>> list(RunFilter filter, unsigned limit);
  /// By id, the beginning of one, "latest", or a job's name.
  [[nodiscard]] awaitable<RunRow> find(std::string text);
  [[nodiscard]] awaitable<std::string> details(Caller caller, std::string id);
  [[nodiscard]] awaitable<Descriptor> open_log(Caller caller, std::string id);
  [[nodiscard]] awaitable<Descriptor> follow(Caller caller, std::string id);
  [[nodiscard]] awaitable<void> reload(Caller caller);
  [[nodiscard]] awaitable<std::string> reconcile(Caller caller, std::string host);
  [[nodiscard]] awaitable<std::string> task_tree(Caller caller);

  [[nodiscard]] Engine& engine() noexcept { return engine_; }

 private:
  [[nodiscard]] awaitable<void> demand(Caller caller, Permission permission, std::string job, std::string run);
  /// The same, unless it is the caller's own run.
  [[nodiscard]] awaitable<void> demand_for(Caller caller, Permission permission, RunRow run);

  Engine& engine_;
  const ServiceActions& actions_;
  Authority& authority_;
};

}  // namespace orchestrator
