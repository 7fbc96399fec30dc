#pragma once
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/engine_run.hpp"
#include "orchestrator/engine/job_source.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

/// Why a run was not begun, or could not be found.
enum class RefusalKind : std::uint8_t { NoSuchJob, NoSuchRun, Busy, QueueFull, InvalidArgument, Stopping };

class Refused : public Error {
 public:
  Refused(RefusalKind kind, const std::string& message, std::string remedy = {})
      : Error(message, std::move(remedy)), kind_(kind) {}
  [[nodiscard]] RefusalKind kind() const noexcept { return kind_; }

 private:
  RefusalKind kind_;
};

/// Hears of all runs of an engine. Calls never wait and never throw.
class EngineWatcher {
 public:
  EngineWatcher() = default;
  virtual ~EngineWatcher() = default;
  EngineWatcher(const EngineWatcher&) = delete;
  EngineWatcher& operator=(const EngineWatcher&) = delete;

  virtual void run_new(EngineRun& /*run*/) {}
  virtual void run_changed(EngineRun& /*run*/) {}
  /// At most once per `EngineRun::kTick`.
  virtual void run_progressed(EngineRun& /*run*/) {}
  virtual void run_ended(EngineRun& /*run*/) {}
  /// It is over for so long that nobody may ask for it any more.
  virtual void run_forgotten(const std::string& /*id*/) {}
};

struct EngineLimits {
  std::size_t queued = 100;           ///< runs that wait for their turn
  std::size_t kept = 100;             ///< runs that have ended
  std::size_t token_size = 128;
};

/// What every run needs, whoever asked for it. All that it refers to outlives the engine.
struct EngineSetup {
  std::filesystem::path state_directory;
  UserContext user = current_user();
  OutputQueue* output = nullptr;
  RunStore* store = nullptr;
  std::string instance{};
  EngineLimits limits{};
  MakeMonitors monitors{};  ///< of every run; none: nothing is watched
};

/// Admits, runs, and cancels runs. Each is a task of one group; none ends another.
///
/// Threads: the loop's thread only.
class Engine final : private EngineRun::Watcher {
 public:
  /// \param runs the group that all runs are tasks of; it has to be a supervisor.
  Engine(EngineSetup setup, std::shared_ptr<JobSource> source, Clock& clock, TaskGroup& runs);
  ~Engine() override;

  /// Begins a run, or queues it while `runs_at_once` others are going on.
  /// \throws Refused, ConfigErrors
  EngineRun& start(RunOrder order);

  /// Takes no new runs from now on, and asks all to end.
  void stop(const CancelReason& reason, CancelLevel level);
  /// The same, until `resume`: "the machine is about to sleep".
  void pause(const CancelReason& reason, CancelLevel level);
  void resume();
  /// While it is paused because the machine is about to sleep; a shutdown is not waited for.
  [[nodiscard]] awaitable<void> wait_until_awake();
  /// Until no run is going on or waiting.
  [[nodiscard]] awaitable<void> wait_idle();

  /// The configuration for the runs to come.
  void use(std::shared_ptr<JobSource> source);
  [[nodiscard]] JobSource& source() noexcept { return *source_; }

  /// In the order in which they were asked for; those that have ended too.
  [[nodiscard]] const std::deque<std::shared_ptr<EngineRun>>& runs() const noexcept { return runs_; }
  /// Null when the engine does not know the id.
  [[nodiscard]] EngineRun* find(const std::string& id) const;
  /// The run of that job that has not ended and is no dry run; null: none.
  [[nodiscard]] EngineRun* active_run_of(const std::string& job) const;
  [[nodiscard]] std::size_t running() const noexcept { return running_; }
  [[nodiscard]] std::size_t queued() const noexcept { return queued_; }
  [[nodiscard]] const EngineSetup& setup() const noexcept { return setup_; }

  /// \param watcher until `unwatch`.
  void watch(EngineWatcher& watcher) { watchers_.push_back(&watcher); }
  void unwatch(EngineWatcher& watcher) { std::erase(watchers_, &watcher); }

 private:
  [[nodiscard]] EngineRun* same_order(const RunOrder& order) const;
  void refuse_what_cannot_be(const RunOrder& order) const;
  [[nodiscard]] awaitable<void> live(std::shared_ptr<EngineRun> run, std::vector<std::unique_ptr<Job>> items);
  [[nodiscard]] awaitable<void> wait_turn(EngineRun& run);
  [[nodiscard]] bool has_free_turn() const;
  void give_turns();
  [[nodiscard]] awaitable<void> execute(EngineRun& run, std::vector<std::unique_ptr<Job>> items, RunResult& result);
  [[nodiscard]] awaitable<void> keep_telling(EngineRun& run);
  void has_ended(EngineRun& run, RunResult result);
  void forget_oldest();
  void state_of(EngineRun& run) override;

  EngineSetup setup_;
  std::shared_ptr<JobSource> source_;
  Clock& clock_;
  TaskGroup& group_;
  std::deque<std::shared_ptr<EngineRun>> runs_;
  std::vector<EngineWatcher*> watchers_;
  WaitQueue turn_;
  WaitQueue idle_;
  WaitQueue awake_;
  std::size_t running_ = 0;
  std::size_t promised_turns_ = 0;  ///< to runs that have been woken and are about to go
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::optional<CancelReason> paused_;  ///< why
};

}  // namespace orchestrator
