#include "orchestrator/run/execution.hpp"
#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator {

namespace {

/// A shield must have a limit; this one is ended by `stop_watching`.
constexpr Duration kLongerThanAnyCleanup = std::chrono::hours(24);

}  // namespace

// Hears of the cancellation of the run, and then of its rise to `kill`, by waiting inside of scopes
// that see just that.
awaitable<void> Execution::watch_cancellation() {
  if (over_) co_return;
  auto until_told = []() -> awaitable<void> { return sleep_forever(); };
  CancelScope until_stop;
  watching_ = &until_stop;
  bool told = false;
  try {
    co_await with_cancel_scope(until_stop, until_told);
  } catch (const Cancelled&) {
    told = true;
  }
  watching_ = nullptr;
  if (!told || over_ || !scope_.cancelled()) co_return;
  announce(scope_.seen_level());
  if (scope_.seen_level() == CancelLevel::Kill) co_return;

  ScopeOptions options;
  options.shield = Shield::UntilKill;
  options.limit = kLongerThanAnyCleanup;
  CancelScope until_kill(options);
  watching_ = &until_kill;
  co_await with_cancel_scope(until_kill, until_told);
  watching_ = nullptr;
  if (scope_.seen_level() == CancelLevel::Kill) announce(CancelLevel::Kill);
}

void Execution::stop_watching() {
  over_ = true;
  if (watching_) watching_->cancel(CancelReason{CancelCause::Operator, "the run is over"});
}

void Execution::announce(CancelLevel level) {
  if (!cancelled_at_) cancelled_at_ = task_.clock().now();
  // A run whose work is over is not cancelled any more, but its cleanups may be told to hurry.
  if (!work_over_) events_.state_changed(RunState::Cancelling);
  EventSink::Stopping what;
  what.reason = *scope_.reason();
  what.level = level;
  what.processes = context_.commands.running();
  events_.stopping(what);
}

}  // namespace orchestrator
