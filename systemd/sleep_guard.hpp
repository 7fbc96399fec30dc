#pragma once
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/engine/engine.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "systemd/logind.hpp"

namespace orchestrator {

/// While runs go on, sleep and shutdown of the machine wait a moment; when it is about to do either, the runs are ended first,
/// in good order for half of the time that logind gives and then without grace, and new ones are refused until it is awake again.
///
/// Machines without logind, or without a system bus, do without.
///
/// Threads: the loop's thread only.
class SleepGuard final : private EngineWatcher {
 public:
  /// \param say what an operator should know.
  SleepGuard(Loop& loop, Engine& engine, std::function<void(LogLevel, const std::string&)> say);
  ~SleepGuard() override;

  /// Watches until cancelled, or until it is clear that there is nobody to listen to.
  [[nodiscard]] awaitable<void> serve();

 private:
  [[nodiscard]] awaitable<void> serve_connection();
  [[nodiscard]] awaitable<void> keep_locks();
  [[nodiscard]] awaitable<void> take_locks();
  [[nodiscard]] awaitable<void> follow_plans();
  [[nodiscard]] awaitable<void> end_runs(Duration in_good_order);
  [[nodiscard]] bool busy() const { return engine_.running() + engine_.queued() > 0; }
  [[nodiscard]] bool locked() const { return locks_[0] || locks_[1]; }
  void give_back();
  [[nodiscard]] std::string jobs() const;

  void run_new(EngineRun& /*run*/) override { changed_.wake_all(); }
  void run_ended(EngineRun& run) override;

  Loop& loop_;
  Engine& engine_;
  std::function<void(LogLevel, const std::string&)> say_;
  WaitQueue changed_;
  MachinePlans plans_;
  std::array<Descriptor, 2> locks_;  // they hold whatever becomes of the bus
  bool refused_ = false;
  std::unique_ptr<Logind> logind_;
};

}  // namespace orchestrator
