#include "monitors/disk_monitor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/chrono.h>

#include "orchestrator/process/account.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

namespace {

/// Between two looks there, which cost some processes each.
constexpr Duration kSoonestThere = std::chrono::milliseconds(250);
/// Of intervals: so often a path that another one stands for is looked at itself.
constexpr int kLookAgain = 2;
constexpr int kFirstTries = 3;
constexpr Duration kFirstRetry = std::chrono::seconds(1);

DiskRules rules_for(const MonitorSubject& subject, const std::string& host, const std::string& path) {
  DiskRules rules;
  rules.host = host;
  rules.path = path;
  rules.limits = subject.job.common.disk;
  if (!host.empty()) rules.soonest = kSoonestThere;
  return rules;
}

}  // namespace

/// A path that is written to.
struct DiskMonitor::Place {
  Place(DiskRules rules, std::size_t at) : watch(std::move(rules)), index(at) {}

  DiskWatch watch;
  std::size_t index;
  DiskWriter writer{};
  std::string device{};  // the last one that it was on; empty: not known
  // The last look:
  std::optional<SpaceReading> reading{};
  std::string failure{};
  bool never = false;  // nobody may look at it
  std::optional<std::chrono::system_clock::time_point> silent_since{};

  [[nodiscard]] const DiskRules& rules() const { return watch.rules(); }
};

DiskMonitor::DiskMonitor(const MonitorSubject& subject, DiskProbes probes)
    : run_as_(subject.job.common.run_as), probes_(std::move(probes)), coming_(subject.coming) {
  for (const PlannedPath& path : subject.written) {
    places_.push_back(std::make_unique<Place>(rules_for(subject, path.host, path.path), places_.size()));
    places_.back()->writer.without_quota = path.as_root;
  }
  if (!subject.state_directory.empty()) {
    DiskRules rules = rules_for(subject, {}, subject.state_directory.string());
    rules.is_state = true;
    places_.push_back(std::make_unique<Place>(std::move(rules), places_.size()));
  }
}

DiskMonitor::~DiskMonitor() = default;

DiskProbe& DiskMonitor::probe_for(const Place& place) {
  const std::string& host = place.rules().host;
  return host.empty() ? probes_.here : *there_.at(host);
}

awaitable<void> DiskMonitor::watch(MonitorContext& context, Started<std::vector<Problem>>& ready) {
  auto body = [this, &context, &ready](TaskGroup& group) -> awaitable<void> {
    co_await serve(context, group);
    co_await find_writer();
    std::vector<Problem> problems = co_await preflight(context);
    ready.set(std::move(problems));
    for (const auto& place : places_) {
      if (place->never) continue;
      group.spawn(place->watch.place(), [this, &context, &place] { return keep_looking(context, *place); });
    }
  };
  co_await with_task_group(std::move(body));
}

// Not known who that is: the validation says so, and here no quota is looked at.
awaitable<void> DiskMonitor::find_writer() {
  if (run_as_.empty()) co_return;
  DiskWriter writer;
  auto ask = [this, &writer]() -> awaitable<void> {
    auto find = [name = run_as_] { return find_account(name); };
    const Account account = co_await run_blocking(std::move(find));
    writer.other = WriterIds{account.uid, account.gid};
  };
  try {
    co_await with_limit(kPatience, std::move(ask));
  } catch (const Error&) {
    writer.other.reset();
  }
  writer.without_quota = !writer.other;
  for (const auto& place : places_) {
    if (place->rules().host.empty() && !place->rules().is_state) place->writer = writer;
  }
}

awaitable<void> DiskMonitor::serve(MonitorContext& context, TaskGroup& group) {
  for (const auto& place : places_) {
    const std::string& host = place->rules().host;
    if (host.empty() || there_.contains(host)) continue;
    DiskProbe& probe = *there_.emplace(host, probes_.there(context.host(host))).first->second;
    group.spawn("disk probe on '" + host + "'", [&probe] { return probe.serve(); });
  }
  co_return;
}

// Never longer than its patience, whatever hangs.
awaitable<void> DiskMonitor::look(Place& place) {
  const auto began = std::chrono::system_clock::now();
  place.reading.reset();
  place.failure.clear();
  auto ask = [this, &place]() -> awaitable<void> {
    std::string path = place.rules().path;
    DiskWriter writer = place.writer;
    place.reading = co_await probe_for(place).look(std::move(path), std::move(writer));
  };
  try {
    const ScopeEnd end = co_await with_limit(kPatience, std::move(ask));
    if (end == ScopeEnd::Cancelled) {
      if (!place.silent_since) place.silent_since = began;
      const std::time_t since = std::chrono::system_clock::to_time_t(*place.silent_since);
      place.failure = fmt::format("not answering since {:%H:%M:%S}", fmt::localtime(since));
      co_return;
    }
  } catch (const CannotLook& error) {
    place.never = true;
    place.failure = error.what();
  } catch (const std::exception& error) {
    place.failure = error.what();
  }
  place.silent_since.reset();
  if (place.reading) place.device = place.reading->device;
}

awaitable<std::vector<Problem>> DiskMonitor::preflight(MonitorContext& context) {
  auto all = [this](TaskGroup& group) -> awaitable<void> {
    for (const auto& place : places_) {
      group.spawn(place->watch.place(), [this, &place] { return first_look(*place); });
    }
    co_return;
  };
  co_await with_task_group(std::move(all));
  std::vector<Problem> problems;
  for (const auto& place : places_) judge_first(context, *place, problems);
  for (const auto& place : places_) judge_coming(context, *place, problems);
  co_return problems;
}

awaitable<void> DiskMonitor::first_look(Place& place) {
  for (int tries = 1;; ++tries) {
    co_await look(place);
    if (place.reading || place.never || place.silent_since || tries == kFirstTries) co_return;
    co_await sleep_for(kFirstRetry);
  }
}

void DiskMonitor::judge_first(MonitorContext& context, const Place& place, std::vector<Problem>& problems) const {
  if (place.reading) {
    if (!stands_for_itself(place)) return;
    const std::vector<Problem> found = place.watch.problems(*place.reading);
    problems.insert(problems.end(), found.begin(), found.end());
    return;
  }
  const std::string text = "the free space of " + place.watch.place() + " is not known: " + place.failure;
  if (place.rules().limits.on_unknown == OnUnknown::Cancel) {
    problems.push_back({text + ", and on_unknown = \"cancel\"", "see why it does not answer, or let runs go on all the same"});
  } else {
    // Of a restricted key that is the rule, and nothing to be warned of each time.
    context.log(LogLevel::Info, text);
  }
}

// What comes to one file system by all paths that lie on it.
void DiskMonitor::judge_coming(MonitorContext& context, const Place& place, std::vector<Problem>& problems) const {
  if (!place.reading || !stands_for_itself(place) || place.rules().is_state) return;
  ComingData all;
  for (const auto& other : places_) {
    if (other->rules().host != place.rules().host || other->device != place.device || other->rules().is_state) continue;
    for (const ComingData& some : coming_) {
      if (some.host != other->rules().host || some.path != other->rules().path) continue;
      all.bytes += some.bytes;
      all.inodes += some.inodes;
      all.certain = all.certain && some.certain;
    }
  }
  const std::optional<Problem> problem = place.watch.too_much(*place.reading, all.bytes, all.inodes);
  if (!problem) return;
  if (all.certain) {
    problems.push_back(*problem);
  } else {
    context.warn(problem->what + ", unless what is deleted or replaced makes room");
  }
}

awaitable<void> DiskMonitor::keep_looking(MonitorContext& context, Place& place) {
  Task& task = task_of(co_await asio::this_coro::executor);
  for (;;) {
    const Duration next = take(context, place, task.clock().now());
    co_await sleep_for(next);
    co_await look(place);
    if (place.never) co_return;
  }
}

// The first place of a file system stands for the others on it.
bool DiskMonitor::stands_for_itself(const Place& place) const {
  const auto same = [&place](const std::unique_ptr<Place>& other) {
    return other->index < place.index && other->rules().host == place.rules().host &&
           other->rules().is_state == place.rules().is_state && other->device == place.device &&
           other->writer.without_quota == place.writer.without_quota;
  };
  return place.device.empty() || std::none_of(places_.begin(), places_.end(), same);
}

Duration DiskMonitor::take(MonitorContext& context, Place& place, TimePoint now) {
  if (!stands_for_itself(place)) return place.rules().limits.check_interval * kLookAgain;
  const DiskVerdict verdict = place.reading ? place.watch.take(*place.reading, now) : place.watch.failed(place.failure);
  context.seen(place.watch.seen());
  if (!verdict.news.empty()) context.log(LogLevel::Info, verdict.news);
  for (const std::string& warning : verdict.warnings) context.warn(warning);
  if (!verdict.trip.empty()) context.trip(CancelCause::Disk, verdict.trip);
  return verdict.next;
}

}  // namespace orchestrator
