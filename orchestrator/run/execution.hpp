#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/run/event_sinks.hpp"
#include "orchestrator/run/item_context.hpp"
#include "orchestrator/run/monitoring.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/run/run_context.hpp"
#include "orchestrator/run/run_locks.hpp"
#include "orchestrator/run/run_log.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

/// One item on its way through the phases.
struct RunItem {
  RunItem(std::unique_ptr<Job> item_job, RunContext& run, std::size_t index);

  [[nodiscard]] const std::string& name() const { return result.item; }
  /// Still takes part.
  [[nodiscard]] bool in_play() const { return !failed && !cancelled; }

  std::unique_ptr<Job> job;
  std::unique_ptr<ItemContext> context;
  ItemResult result;
  std::optional<Phase> done;  ///< the last phase that it came through
  bool failed = false;
  bool cancelled = false;
};

/// The work of `execute_run`. Used once; lives in that call.
class Execution {
 public:
  Execution(RunSetup setup, const RunOptions& options, CancelScope& scope, Task& task);

  [[nodiscard]] awaitable<RunResult> run();

 private:
  [[nodiscard]] RunLedger make_ledger();

  // execution.cpp: from the beginning to the end
  awaitable<void> live();
  awaitable<void> live_watched(TaskGroup& group);
  awaitable<void> work(TaskGroup& group);
  awaitable<void> open_log();
  awaitable<bool> begin_in_store();
  awaitable<void> look_after(std::string host);
  awaitable<bool> take_job_lock();
  awaitable<bool> take_path_locks();
  awaitable<bool> take_lock(WantedLock wanted, std::string busy_text);
  awaitable<void> note_guarantees();
  awaitable<void> clean_up();
  void work_is_over();
  void finish();
  awaitable<void> end_in_store();
  void tell_end();

  // monitoring.cpp: what watches the run
  [[nodiscard]] MonitorSubject monitor_subject() const;
  awaitable<void> find_coming();
  awaitable<bool> monitors_agree(TaskGroup& group);

  // phases.cpp: one phase of all items
  awaitable<void> run_phase(Phase phase);
  awaitable<void> run_item(RunItem& item, Phase phase, TaskGroup& group);
  awaitable<void> run_step(RunItem& item, Phase phase);
  awaitable<void> validate(RunItem& item);
  awaitable<void> sync(RunItem& item);
  awaitable<void> watch_stall(RunItem& item, Duration limit, CancelScope& work);
  [[nodiscard]] bool takes_part(const RunItem& item, Phase phase) const {
    return item.in_play() && phase <= last_phase(item);
  }
  void item_failed(RunItem& item, Phase phase, std::exception_ptr error, TaskGroup& group);
  [[nodiscard]] std::vector<Limiter*> path_limiters(const RunItem& item);

  // watch.cpp: hears of cancellations
  awaitable<void> watch_cancellation();
  void stop_watching();
  void announce(CancelLevel level);

  // outcome.cpp: what the result says
  void add_error(RunError error, FailureKind kind);
  void add_errors(const std::exception_ptr& thrown, Phase phase, const std::string& item, FailureKind kind);
  [[nodiscard]] bool is_skipped();
  [[nodiscard]] RunState ending_state() const;
  [[nodiscard]] Phase last_phase(const RunItem& item) const;
  void settle_item(RunItem& item) const;
  [[nodiscard]] Ending ending_of(std::size_t item) const;

  RunSetup setup_;
  RunOptions options_;
  CancelScope& scope_;
  Task& task_;
  EventSinks events_;
  RunContext context_;
  ItemContext run_itself_;  // for what is done for no item
  std::vector<std::unique_ptr<RunItem>> items_;
  Limiter at_once_;
  std::map<std::string, std::unique_ptr<Limiter>> path_limiters_;  // one place each
  std::unique_ptr<RunLog> log_;
  std::vector<std::unique_ptr<HostLock>> locks_;
  std::map<std::string, Guarantee> guarantees_;
  RunResult result_;
  std::vector<ComingData> coming_;
  Monitoring monitoring_;
  TimePoint began_;
  std::optional<TimePoint> cancelled_at_;
  std::string aborted_because_;  // on_item_failure = "abort"
  bool in_store_ = false;
  std::set<std::string> looked_after_;  // hosts
  bool changing_ = false;        // a phase after `validate` has begun
  bool work_over_ = false;
  bool over_ = false;                  // there is nothing to watch any more
  CancelScope* watching_ = nullptr;    // the one that `watch_cancellation` waits in
};

}  // namespace orchestrator
