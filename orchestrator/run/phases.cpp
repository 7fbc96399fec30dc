#include <algorithm>
#include <utility>

#include "orchestrator/run/execution.hpp"
#include "orchestrator/run/run_errors.hpp"
#include "orchestrator/run/stall.hpp"

namespace orchestrator {

namespace {

RunState state_of(Phase phase) {
  switch (phase) {
    case Phase::Validate: return RunState::Validating;
    case Phase::PreSync: return RunState::PreSync;
    case Phase::Sync: return RunState::Syncing;
    case Phase::PostSync: return RunState::PostSync;
  }
  return RunState::Validating;
}

/// Adds up time, however the code that it lives in is left.
class Stopwatch {
 public:
  Stopwatch(Clock& clock, Duration& sum) : clock_(clock), sum_(sum), began_(clock.now()) {}
  ~Stopwatch() { sum_ += clock_.now() - began_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  Clock& clock_;
  Duration& sum_;
  TimePoint began_;
};

}  // namespace

awaitable<void> Execution::run_phase(Phase phase) {
  task_.throw_if_cancelled();
  const auto takes_part_now = [this, phase](const auto& item) { return takes_part(*item, phase); };
  if (std::none_of(items_.begin(), items_.end(), takes_part_now)) co_return;

  events_.state_changed(state_of(phase));
  // Nobody else writes phases, so the reference into them stays good.
  PhaseTime& time = result_.phases.emplace_back(PhaseTime{phase});
  const Stopwatch stopwatch(task_.clock(), time.took);
  auto all = [this, phase](TaskGroup& group) -> awaitable<void> {
    for (const auto& item : items_) {
      if (!takes_part(*item, phase)) continue;
      group.spawn(item->name(), [this, &item = *item, phase, &group] { return run_item(item, phase, group); });
    }
    co_return;
  };
  const std::vector<TaskOutcome> outcomes = co_await with_supervisor(std::move(all));
  for (const TaskOutcome& outcome : outcomes) {
    if (outcome.error) add_errors(outcome.error, phase, outcome.name, FailureKind::Work);
  }
}

awaitable<void> Execution::run_item(RunItem& item, Phase phase, TaskGroup& group) {
  std::vector<LimiterSlot> paths;
  if (phase == Phase::PostSync) {
    for (Limiter* limiter : path_limiters(item)) {
      LimiterSlot slot = co_await limiter->acquire();
      paths.push_back(std::move(slot));
    }
  }
  const LimiterSlot slot = co_await at_once_.acquire();
  const Stopwatch stopwatch(task_.clock(), item.result.took);
  item.result.phase = phase;
  events_.item_began(item.name(), phase);
  std::exception_ptr error;
  try {
    co_await run_step(item, phase);
    item.done = phase;
  } catch (const Cancelled&) {
    item.cancelled = true;
  } catch (...) {
    error = std::current_exception();
  }
  item.context->flush_progress();
  if (error) item_failed(item, phase, error, group);
  const ItemEnd failed_or_not = item.failed ? ItemEnd::Failed : ItemEnd::Succeeded;
  events_.item_ended(item.name(), phase, item.cancelled ? ItemEnd::Cancelled : failed_or_not);
  if (item.cancelled) throw Cancelled{};
}

awaitable<void> Execution::run_step(RunItem& item, Phase phase) {
  switch (phase) {
    case Phase::Validate: return validate(item);
    case Phase::PreSync: return item.job->pre_sync(*item.context);
    case Phase::Sync: return sync(item);
    case Phase::PostSync: return item.job->post_sync(*item.context);
  }
  throw std::logic_error("no such phase");
}

awaitable<void> Execution::validate(RunItem& item) {
  const std::vector<Problem> problems = co_await item.job->validate(*item.context);
  for (const Problem& problem : problems) {
    RunError error;
    error.item = item.name();
    error.message = problem.what;
    error.remedy = problem.remedy;
    if (item.result.reason.empty()) item.result.reason = context_.references.mask(problem.what);
    add_error(std::move(error), FailureKind::Validation);
  }
  item.failed = !problems.empty();
}

void Execution::item_failed(RunItem& item, Phase phase, std::exception_ptr error, TaskGroup& group) {
  item.failed = true;
  FailureKind kind = phase == Phase::Validate ? FailureKind::Validation : FailureKind::Work;
  if (first<Stalled>(error)) kind = FailureKind::Stall;
  item.result.reason = context_.references.mask(run_errors(error, phase, item.name()).front().message);
  add_errors(error, phase, item.name(), kind);
  if (phase == Phase::Validate || setup_.job.common.on_item_failure != OnItemFailure::Abort) return;
  if (!aborted_because_.empty()) return;
  aborted_because_ = "item '" + item.name() + "' failed";
  group.cancel(CancelReason{CancelCause::SiblingFailed, aborted_because_});
}

std::vector<Limiter*> Execution::path_limiters(const RunItem& item) {
  // By name, so that two items with the same paths take them in the same order.
  std::map<std::string, Limiter*> limiters;
  for (const PlannedPath& path : item.result.plan.paths) {
    if (!path.written) continue;
    const std::string name = path_lock_name(path.host, path.path);
    std::unique_ptr<Limiter>& limiter = path_limiters_[name];
    if (!limiter) limiter = std::make_unique<Limiter>(name, 1);
    limiters[name] = limiter.get();
  }
  std::vector<Limiter*> sorted;
  for (const auto& [name, limiter] : limiters) sorted.push_back(limiter);
  return sorted;
}

}  // namespace orchestrator
