#include "orchestrator/run/monitoring.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "orchestrator/run/execution.hpp"

namespace orchestrator {

awaitable<std::vector<Problem>> Monitoring::start(TaskGroup& group, std::vector<std::unique_ptr<Monitor>> monitors) {
  monitors_ = std::move(monitors);
  std::vector<Problem> problems;
  for (const auto& monitor : monitors_) {
    CancelScope& scope = watching_.emplace_back();
    auto body = [this, &monitor, &scope](Started<std::vector<Problem>>& ready) -> awaitable<void> {
      return keep_watching(*monitor, scope, ready);
    };
    try {
      const std::vector<Problem> some = co_await group.start<std::vector<Problem>>(monitor->name(), std::move(body));
      problems.insert(problems.end(), some.begin(), some.end());
    } catch (const std::exception& error) {
      warn(monitor->name() + " cannot look: " + error.what());
    }
  }
  co_return problems;
}

awaitable<void> Monitoring::keep_watching(Monitor& monitor, CancelScope& scope,
                                          Started<std::vector<Problem>>& ready) {
  auto watch = [this, &monitor, &ready]() -> awaitable<void> { return monitor.watch(*this, ready); };
  try {
    co_await with_cancel_scope(scope, std::move(watch));
  } catch (const std::exception& error) {
    if (!ready.state().ready) throw;
    warn(monitor.name() + " watches no more: " + error.what());
  }
}

void Monitoring::stop() {
  for (CancelScope& scope : watching_) scope.cancel(CancelReason{CancelCause::Operator, "the work is over"});
}

void Monitoring::trip(CancelCause cause, std::string text) {
  scope_.cancel(CancelReason{cause, run_.references.mask(text)});
}

void Monitoring::seen(const DiskSeen& disk) {
  const auto same = [&disk](const DiskSeen& other) { return other.host == disk.host && other.path == disk.path; };
  const auto found = std::find_if(seen_.begin(), seen_.end(), same);
  if (found == seen_.end()) {
    seen_.push_back(disk);
  } else {
    *found = disk;
  }
  run_.events.disk_seen(disk);
}

// What all items write, and what comes there.
MonitorSubject Execution::monitor_subject() const {
  MonitorSubject subject{setup_.job, {}, coming_, {}};
  std::set<std::pair<std::string, std::string>> known;
  for (const auto& item : items_) {
    for (const PlannedPath& path : item->result.plan.paths) {
      if (path.written && known.emplace(path.host, path.path).second) subject.written.push_back(path);
    }
  }
  if (!options_.dry_run && setup_.output) subject.state_directory = setup_.state_directory;
  return subject;
}

// What all items are about to write, as far as they know it soon.
awaitable<void> Execution::find_coming() {
  auto all = [this](TaskGroup& group) -> awaitable<void> {
    for (const auto& item : items_) {
      auto one = [this, &item = *item]() -> awaitable<void> {
        const std::vector<ComingData> some = co_await item.job->coming(*item.context);
        coming_.insert(coming_.end(), some.begin(), some.end());
      };
      group.spawn(item->name(), std::move(one));
    }
    co_return;
  };
  auto supervised = [&all]() -> awaitable<void> { (void)co_await with_supervisor(std::move(all)); };
  co_await with_limit(kComingLimit, std::move(supervised));
}

awaitable<bool> Execution::monitors_agree(TaskGroup& group) {
  if (!setup_.monitors) co_return true;
  if (!options_.dry_run) co_await find_coming();
  std::vector<std::unique_ptr<Monitor>> monitors = setup_.monitors(monitor_subject());
  const std::vector<Problem> problems = co_await monitoring_.start(group, std::move(monitors));
  for (const Problem& problem : problems) {
    RunError error;
    error.message = problem.what;
    error.remedy = problem.remedy;
    add_error(std::move(error), FailureKind::Validation);
  }
  co_return problems.empty();
}

}  // namespace orchestrator
