#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/engine/job_source.hpp"
#include "orchestrator/run/events.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/run/run_view.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

/// What somebody asks for.
struct RunOrder {
  std::string job;
  RunOptions options;
  std::string token{};       ///< chosen by whoever asks: the same one gives the same run; empty: a run of its own
  std::string started_by{};  ///< for people: "uid 1000"
  std::optional<uid_t> owner{};  ///< may follow and cancel it
};

/// Hears everything of one run, from where it is when the following begins.
class RunFollower : public EventSink {
 public:
  /// Called while the run goes on, every `EngineRun::kTick`.
  virtual void tick() {}
};

/// A run that the engine knows: it waits for its turn, goes on, or has ended and is kept for a while.
///
/// Threads: the loop's thread only.
class EngineRun final : public EventSink {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(500);

  /// Told whenever something of the run is another than before.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void state_of(EngineRun& run) = 0;
  };

  EngineRun(std::string id, RunOrder order, std::shared_ptr<JobSource> source, Clock& clock, Watcher& watcher);

  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] const RunOrder& order() const noexcept { return order_; }
  [[nodiscard]] std::chrono::system_clock::time_point requested() const noexcept { return requested_; }
  /// The state, and each item.
  [[nodiscard]] const RunView& view() const noexcept { return view_; }
  /// The phase that it is in; none before the first and after the last.
  [[nodiscard]] std::optional<Phase> phase() const;
  /// None while it has not ended.
  [[nodiscard]] const std::optional<RunResult>& result() const noexcept { return result_; }
  [[nodiscard]] bool ended() const noexcept { return result_.has_value(); }

  /// Tells `follower` how things stand, and everything that comes; it is let go when the run has ended.
  void follow(std::unique_ptr<RunFollower> follower);
  [[nodiscard]] std::size_t followers() const noexcept { return followers_.size(); }

  /// Asks the run to end; of no effect when it is over.
  void cancel(CancelReason reason, CancelLevel level);

  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override;
  void state_changed(RunState state) override;
  void item_began(const std::string& item, Phase phase) override;
  void item_progress(const std::string& item, const Progress& progress) override;
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override;
  void failed(const RunError& error) override;
  void log_line(const LogLine& line) override;
  void stopping(const Stopping& what) override;
  void run_ended(const RunResult& result) override;

  // For the engine:
  [[nodiscard]] CancelScope& scope() noexcept { return scope_; }
  [[nodiscard]] CancelScope& waiting_scope() noexcept { return waiting_scope_; }
  [[nodiscard]] JobSource& source() noexcept { return *source_; }
  /// \return whether progress was made since the last time.
  bool tick();
  /// Nothing of the configuration is needed any more.
  void settle(RunResult result);

 private:
  std::string id_;
  RunOrder order_;
  std::shared_ptr<JobSource> source_;
  Clock& clock_;
  Watcher& watcher_;
  std::chrono::system_clock::time_point requested_ = std::chrono::system_clock::now();
  CancelScope waiting_scope_;
  CancelScope scope_;
  RunView view_;
  std::optional<RunResult> result_;
  std::vector<std::unique_ptr<RunFollower>> followers_;
  std::size_t told_end_ = 0;  ///< so many of them have heard of the end; who comes between it and `settle` has not
  bool progressed_ = false;
};

}  // namespace orchestrator
