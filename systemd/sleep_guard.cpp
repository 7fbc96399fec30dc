#include "systemd/sleep_guard.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "orchestrator/tasks/group_error.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "systemd/bus_connection.hpp"

namespace orchestrator {

namespace {

/// Until a bus that has gone is looked for again; twice as long each time.
constexpr Duration kFirstPause = std::chrono::milliseconds(100);
constexpr Duration kLongestPause = std::chrono::seconds(10);

CancelReason reason_of(const MachinePlans& plans) {
  CancelReason reason;
  reason.cause = plans.shutdown ? CancelCause::Shutdown : CancelCause::Sleep;
  reason.detail = plans.shutdown ? "the machine is about to shut down" : "the machine is about to sleep";
  return reason;
}

}  // namespace

SleepGuard::SleepGuard(Loop& loop, Engine& engine, std::function<void(LogLevel, const std::string&)> say)
    : loop_(loop), engine_(engine), say_(std::move(say)) {
  engine_.watch(*this);
}

SleepGuard::~SleepGuard() { engine_.unwatch(*this); }

awaitable<void> SleepGuard::serve() {
  bool was_there = false;
  Duration pause = kFirstPause;
  for (;;) {
    bool connected = false;
    try {
      auto on_plans = [this](const MachinePlans& plans) {
        plans_ = plans;
        changed_.wake_all();
      };
      logind_ = co_await Logind::connect(loop_, std::move(on_plans));
      connected = true;
    } catch (const BusLost&) {
      if (!was_there) co_return;  // no system bus: a container, perhaps
    }
    was_there = true;
    if (connected) {
      pause = kFirstPause;
      co_await serve_connection();
    }
    co_await sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

awaitable<void> SleepGuard::serve_connection() {
  auto body = [this](TaskGroup& tasks) -> awaitable<void> {
    tasks.spawn("bus", [this] { return logind_->serve(); });
    tasks.spawn("locks", [this] { return keep_locks(); });
    co_await follow_plans();
  };
  std::exception_ptr error;
  try {
    co_await with_task_group(std::move(body));
  } catch (const TaskGroupError&) {
    error = std::current_exception();
  }
  logind_.reset();
  if (error && !first<BusLost>(error)) std::rethrow_exception(error);
  // Nobody would tell us that it is over.
  plans_ = MachinePlans();
  engine_.resume();
}

void SleepGuard::run_ended(EngineRun& /*run*/) {
  if (!busy()) give_back();
  changed_.wake_all();
}

void SleepGuard::give_back() {
  for (Descriptor& lock : locks_) lock.reset();
}

awaitable<void> SleepGuard::keep_locks() {
  for (;;) {
    if (!busy()) give_back();
    if (busy() && !locked() && !plans_.any()) co_await take_locks();
    // Much may have happened while logind thought about it.
    if (busy() || !locked()) co_await changed_.wait("runs to begin or to end");
  }
}

awaitable<void> SleepGuard::take_locks() {
  const std::string why = "runs of sync jobs: " + jobs();
  try {
    locks_[0] = co_await logind_->delay("sleep", why);
    locks_[1] = co_await logind_->delay("shutdown", why);
  } catch (const Error& error) {
    if (!std::exchange(refused_, true)) say_(LogLevel::Warning, error.what());
  }
}

awaitable<void> SleepGuard::follow_plans() {
  const Duration limit = co_await logind_->delay_limit();
  co_await logind_->catch_up();
  for (;;) {
    while (!plans_.any()) co_await changed_.wait("plans of the machine");
    co_await end_runs(limit / 2);
    while (plans_.any()) co_await changed_.wait("the machine to be back");
    engine_.resume();
    say_(LogLevel::Info, "the machine is back: runs are taken again");
  }
}

awaitable<void> SleepGuard::end_runs(Duration in_good_order) {
  const CancelReason reason = reason_of(plans_);
  if (busy()) say_(LogLevel::Info, reason.detail + ": ending the runs of " + jobs());
  engine_.pause(reason, CancelLevel::Stop);
  auto until_ended = [this]() -> awaitable<void> {
    while (busy() && plans_.any()) co_await changed_.wait("the end of all runs");
  };
  co_await with_limit(in_good_order, std::move(until_ended));
  if (busy() && plans_.any()) engine_.pause(reason, CancelLevel::Kill);
}

std::string SleepGuard::jobs() const {
  std::string names;
  for (const auto& run : engine_.runs()) {
    if (!run->ended()) names += (names.empty() ? "" : ", ") + run->order().job;
  }
  return names;
}

}  // namespace orchestrator
