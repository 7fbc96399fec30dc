#include "systemd/requests.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <set>
#include <unistd.h>

#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/run/run_log.hpp"
#include "orchestrator/run/run_summary.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

namespace {

/// No name, id, or option is longer.
constexpr std::size_t kLongestWord = 256;
constexpr std::size_t kShortestPrefix = 4;
/// Callers wait 25 s for an answer, as libsystemd and libdbus have it.
constexpr Duration kUntilAwake = std::chrono::seconds(15);

void refuse_long(const std::string& what, const std::string& word) {
  if (word.size() <= kLongestWord) return;
  throw Refused(RefusalKind::InvalidArgument,
                what + " has " + std::to_string(word.size()) + " characters, " + std::to_string(kLongestWord) +
                    " are the most");
}

RunRow row_of(const EngineRun& run) {
  RunRow row;
  row.id = run.id();
  row.job = run.order().job;
  row.state = to_string(run.view().state());
  row.began = run.requested();
  row.has_object = true;
  if (const auto& result = run.result()) {
    row.ended = result->began + std::chrono::duration_cast<std::chrono::system_clock::duration>(result->took);
    row.state = to_string(result->state);
    row.exit_code = exit_code(*result, run.order().options.strict);
  }
  return row;
}

RunRow row_of(const StoredRun& run) {
  RunRow row;
  row.id = run.id;
  row.job = run.job;
  row.state = run.state;
  row.began = run.began;
  row.ended = run.ended;
  row.exit_code = summary_exit_code(run.summary).value_or(-1);
  return row;
}

bool matches(const RunFilter& filter, const RunRow& row) {
  return (filter.job.empty() || row.job == filter.job) && (filter.state.empty() || row.state == filter.state) &&
         row.id.starts_with(filter.id_prefix);
}

CancelLevel level_named(const std::string& name) {
  if (name == "stop") return CancelLevel::Stop;
  if (name == "kill") return CancelLevel::Kill;
  throw Refused(RefusalKind::InvalidArgument, "the level is 'stop' or 'kill'");
}

bool is_id_prefix(const std::string& text) {
  return text.size() >= kShortestPrefix && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Refused no_such_run(const std::string& text) {
  return Refused(RefusalKind::NoSuchRun, "there is no run '" + text + "'",
                 "an id or its first four digits or more, 'latest', or the name of a job that has run: see "
                 "'orchestratorctl runs'");
}

/// The log of a run, wherever in time it began. Blocks.
Descriptor open_log_of(const std::filesystem::path& state_directory, const std::string& id) {
  const std::string ending = "-" + id + ".jsonl";
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(state_directory / "runs", ec)) {
    if (!entry.path().filename().string().ends_with(ending)) continue;
    return Descriptor(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  }
  return {};
}

/// The last line of a file that consists of lines. Blocks.
std::string last_line_of(const Descriptor& file) {
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  std::string text;
  // A result with thousands of items has some hundred bytes for each.
  constexpr off_t kMost = 4 << 20;
  const off_t from = std::max<off_t>(0, size - kMost);
  text.resize(static_cast<std::size_t>(size - from));
  const ssize_t got = ::pread(file.get(), text.data(), text.size(), from);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
  if (!text.empty() && text.back() == '\n') text.pop_back();
  const std::size_t before = text.rfind('\n');
  return before == std::string::npos ? text : text.substr(before + 1);
}

}  // namespace

awaitable<void> Requests::demand(Caller caller, Permission permission, std::string job, std::string run) {
  std::map<std::string, std::string> details;
  if (!job.empty()) details["job"] = job;
  if (!run.empty()) details["run"] = run;
  const std::string who = to_string(caller);
  const bool allowed = co_await authority_.allows(std::move(caller), permission, std::move(details));
  if (allowed) co_return;
  throw NotAuthorized(who + " may not do that: " + std::string(action_id(permission)),
                      "root may, and whoever a rule of polkit allows it");
}

awaitable<void> Requests::demand_for(Caller caller, Permission permission, RunRow run) {
  const EngineRun* known = engine_.find(run.id);
  if (known != nullptr && known->order().owner == caller.uid) co_return;
  co_await demand(std::move(caller), permission, std::move(run.job), std::move(run.id));
}

awaitable<EngineRun*> Requests::run_job(Caller caller, RunOrder order) {
  refuse_long("the job's name", order.job);
  refuse_long("the trigger", order.started_by);
  const std::string who = to_string(caller);
  order.started_by = order.started_by.empty() ? who : order.started_by + " (" + who + ")";
  order.owner = caller.uid;
  const Permission permission = order.options.dry_run ? Permission::DryRun : Permission::Run;
  co_await demand(std::move(caller), permission, order.job, {});
  // What came due while the machine slept is asked for before logind has said that it is awake.
  auto awake = [this]() -> awaitable<void> { return engine_.wait_until_awake(); };
  co_await with_limit(kUntilAwake, std::move(awake));
  co_return &engine_.start(std::move(order));
}

awaitable<void> Requests::cancel(Caller caller, std::string id, std::string level) {
  const CancelLevel how = level_named(level);
  RunRow row = co_await find(std::move(id));
  CancelReason reason;
  reason.detail = "by " + to_string(caller);
  const std::string run_id = row.id;
  const bool is_over = row.ended != std::chrono::system_clock::time_point();
  co_await demand_for(std::move(caller), Permission::Cancel, std::move(row));
  if (EngineRun* run = engine_.find(run_id)) {
    run->cancel(std::move(reason), how);
  } else if (!is_over) {
    throw Refused(RefusalKind::NoSuchRun, "run " + run_id + " is not one of this daemon",
                  "interrupt the program that runs it; what a dead one has left is ended by 'orchestratorctl reconcile'");
  }
}

awaitable<std::vector<RunRow>> Requests::list(RunFilter filter, unsigned limit) {
  refuse_long("the job's name", filter.job);
  refuse_long("the state", filter.state);
  limit = std::clamp(limit, 1U, kMostRows);
  std::vector<RunRow> rows;
  std::set<std::string> known;
  for (const auto& run : engine_.runs()) {
    known.insert(run->id());
    RunRow row = row_of(*run);
    if (matches(filter, row) && !(filter.active && run->ended())) rows.push_back(std::move(row));
  }
  if (!filter.active && engine_.setup().store != nullptr) {
    RunQuery query;
    query.job = filter.job;
    // What the engine knows better is dropped below, and must not push others out.
    query.limit = limit + static_cast<unsigned>(known.size());
    query.state = filter.state;
    query.id_prefix = filter.id_prefix;
    for (const StoredRun& run : co_await engine_.setup().store->newest_runs(std::move(query))) {
      if (!known.contains(run.id)) rows.push_back(row_of(run));
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const RunRow& a, const RunRow& b) { return a.began > b.began; });
  if (rows.size() > limit) rows.resize(limit);
  co_return rows;
}

awaitable<RunRow> Requests::find(std::string text) {
  refuse_long("the run's name", text);
  if (const EngineRun* run = engine_.find(text)) co_return row_of(*run);
  RunFilter filter;
  const bool is_job = engine_.source().config().find_job(text) != nullptr;
  if (is_job) {
    filter.job = text;
  } else if (is_id_prefix(text)) {
    filter.id_prefix = text;
  } else if (text != "latest") {
    throw no_such_run(text);
  }
  std::vector<RunRow> rows = co_await list(filter, 2);
  if (rows.empty()) throw no_such_run(text);
  if (!filter.id_prefix.empty() && rows.size() > 1) {
    throw Refused(RefusalKind::InvalidArgument, "more than one run begins with '" + text + "'", "give more of its digits");
  }
  co_return std::move(rows.front());
}

awaitable<std::string> Requests::details(Caller caller, std::string id) {
  RunRow row = co_await find(std::move(id));
  const std::string run_id = row.id;
  co_await demand_for(std::move(caller), Permission::ReadDetails, std::move(row));
  if (const EngineRun* run = engine_.find(run_id)) {
    if (run->ended()) co_return actions_.details(*run);
    throw Refused(RefusalKind::InvalidArgument, "run " + run_id + " has not ended", "follow it");
  }
  auto read = [directory = engine_.setup().state_directory, run_id] {
    const Descriptor file = open_log_of(directory, run_id);
    return file ? last_line_of(file) : std::string();
  };
  std::string line = co_await run_blocking(std::move(read));
  // The last line of a run that was interrupted is no result; the store knows how it ended.
  if (line.find("\"event\":\"run_ended\"") != std::string::npos) co_return line;
  RunQuery query;
  query.id_prefix = run_id;
  query.limit = 1;
  const std::vector<StoredRun> stored = co_await engine_.setup().store->newest_runs(std::move(query));
  if (stored.empty() || stored.front().summary.empty()) {
    throw Refused(RefusalKind::NoSuchRun, "nothing more is known of run " + run_id);
  }
  co_return stored.front().summary;
}

awaitable<Descriptor> Requests::open_log(Caller caller, std::string id) {
  RunRow row = co_await find(std::move(id));
  const std::string run_id = row.id;
  co_await demand_for(std::move(caller), Permission::ReadDetails, std::move(row));
  auto open = [directory = engine_.setup().state_directory, run_id] { return open_log_of(directory, run_id); };
  Descriptor log = co_await run_blocking(std::move(open));
  if (!log) throw Refused(RefusalKind::NoSuchRun, "run " + run_id + " has no log: it has not begun, or it is a dry run");
  co_return log;
}

awaitable<Descriptor> Requests::follow(Caller caller, std::string id) {
  RunRow row = co_await find(std::move(id));
  const std::string run_id = row.id;
  co_await demand_for(std::move(caller), Permission::ReadDetails, std::move(row));
  EngineRun* run = engine_.find(run_id);
  if (run == nullptr) throw Refused(RefusalKind::NoSuchRun, "run " + run_id + " cannot be followed any more");
  if (run->followers() >= kMostFollowers) {
    throw Refused(RefusalKind::QueueFull, std::to_string(kMostFollowers) + " follow run " + run_id + " already");
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error("cannot make a pipe", "close some other files");
  Descriptor read_end(ends[0]);
  run->follow(actions_.follow(*run, ends[1]));
  co_return read_end;
}

awaitable<void> Requests::reload(Caller caller) {
  co_await demand(std::move(caller), Permission::Reload, {}, {});
  co_await actions_.reload();
}

awaitable<std::string> Requests::reconcile(Caller caller, std::string host) {
  refuse_long("the host's name", host);
  co_await demand(std::move(caller), Permission::Reconcile, {}, {});
  std::string report = co_await actions_.reconcile(std::move(host));
  co_return report;
}

awaitable<std::string> Requests::task_tree(Caller caller) {
  co_await demand(std::move(caller), Permission::ReadDetails, {}, {});
  co_return actions_.task_tree();
}

}  // namespace orchestrator
