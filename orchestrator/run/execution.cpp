#include "orchestrator/run/execution.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "orchestrator/run/run_errors.hpp"
#include "orchestrator/tasks/run_blocking.hpp"

namespace orchestrator {

namespace {

constexpr std::array kChangingPhases{Phase::PreSync, Phase::Sync, Phase::PostSync};

/// Making a small file; only a disk that does not answer takes longer.
constexpr Duration kLogLimit = std::chrono::seconds(10);

std::size_t concurrency_of(const RunSetup& setup, const RunOptions& options) {
  return std::max(1U, options.concurrency.value_or(setup.job.common.concurrency));
}

}  // namespace

RunItem::RunItem(std::unique_ptr<Job> item_job, RunContext& run, std::size_t index)
    : job(std::move(item_job)), context(std::make_unique<ItemContext>(run, job->item(), index)) {
  result.item = job->item();
  result.plan = job->plan();
}

Execution::Execution(RunSetup setup, const RunOptions& options, CancelScope& scope, Task& task)
    : setup_(std::move(setup)),
      options_(options),
      scope_(scope),
      task_(task),
      context_{setup_.id,       options_.dry_run, setup_.job, setup_.hosts, events_, task_.clock(),
               RunReferences(system_sources(setup_.user)), RunHosts(setup_.id, setup_.job.common.run_as), make_ledger(), {}, {}},
      run_itself_(context_, std::string(), 0),
      at_once_("items at once", concurrency_of(setup_, options_)),
      monitoring_(context_, run_itself_, scope_, result_.disks),
      began_(task_.clock().now()) {
  events_.add(setup_.events);
  for (std::unique_ptr<Job>& job : setup_.items) {
    items_.push_back(std::make_unique<RunItem>(std::move(job), context_, items_.size()));
  }
  result_.id = setup_.id;
  result_.job = setup_.job.name;
  result_.dry_run = options_.dry_run;
  result_.started_by = options_.started_by;
  result_.began = std::chrono::system_clock::now();
}

awaitable<RunResult> Execution::run() {
  const auto timeout = setup_.job.common.timeout;
  if (options_.timeout) {
    scope_.set_limit(*options_.timeout);
  } else if (timeout) {
    scope_.set_limit(*timeout);
  }
  auto everything = [this]() -> awaitable<void> { return live(); };
  try {
    co_await with_cancel_scope(scope_, std::move(everything));
  } catch (const Cancelled&) {
    // From around the run: the result says so, and the caller's next suspension hears of it.
  }
  finish();
  co_await end_in_store();
  tell_end();
  co_return std::move(result_);
}

awaitable<void> Execution::live() {
  if (scope_.cancelled()) cancelled_at_ = began_;
  auto watched = [this](TaskGroup& group) -> awaitable<void> { return live_watched(group); };
  co_await with_task_group(std::move(watched));
}

awaitable<void> Execution::live_watched(TaskGroup& group) {
  group.spawn("watch cancellation", [this] { return watch_cancellation(); });
  std::exception_ptr error;
  try {
    co_await work(group);
  } catch (const Cancelled&) {
    // The scope knows.
  } catch (...) {
    error = std::current_exception();
  }
  if (error) add_errors(error, Phase::Validate, {}, FailureKind::Work);
  work_is_over();
  monitoring_.stop();
  co_await clean_up();
  stop_watching();
}

awaitable<void> Execution::work(TaskGroup& group) {
  co_await open_log();
  std::vector<std::string> names;
  for (const auto& item : items_) names.push_back(item->name());
  events_.run_began(result_.id, result_.job, names);
  if (!result_.errors.empty()) co_return;

  if (!options_.dry_run) {
    // First what an earlier orchestrator left behind: it may hold the locks.
    if (!co_await begin_in_store()) co_return;
    co_await look_after({});
    if (!co_await take_job_lock()) co_return;
  }
  co_await run_phase(Phase::Validate);
  if (!result_.errors.empty()) co_return;
  if (!options_.dry_run && !co_await take_path_locks()) co_return;
  if (!co_await monitors_agree(group)) co_return;
  if (options_.dry_run) {
    co_await run_phase(Phase::Sync);
    co_return;
  }
  co_await note_guarantees();
  changing_ = true;
  for (const Phase phase : kChangingPhases) {
    if (aborted_because_.empty()) co_await run_phase(phase);
  }
}

awaitable<void> Execution::open_log() {
  if (options_.dry_run || !setup_.output) co_return;
  const std::filesystem::path file = run_log_file(setup_.state_directory, result_.began, result_.job, result_.id);
  std::unique_ptr<OutputStream> stream;
  auto open = [file, queue = setup_.output] { return open_run_log(file, *queue); };
  auto in_thread = [&stream, &open]() -> awaitable<void> { stream = co_await run_blocking(open); };
  std::exception_ptr error;
  try {
    // A run that was cancelled before it began leaves a log too.
    const ScopeEnd end = co_await with_shield(kLogLimit, std::move(in_thread));
    if (end == ScopeEnd::Cancelled) {
      throw Error("cannot create '" + file.string() + "': the disk does not answer",
                  "look whether the disk is well, or name another directory in $ORCHESTRATOR_STATE");
    }
  } catch (const Error&) {
    error = std::current_exception();
  }
  if (error) {
    add_errors(error, Phase::Validate, {}, FailureKind::Work);
    co_return;
  }
  result_.log_file = file.string();
  log_ = std::make_unique<RunLog>(std::move(stream), task_.clock(), options_.strict);
  events_.add(*log_);
}

awaitable<bool> Execution::take_job_lock() {
  WantedLock wanted;
  wanted.name = job_lock_name(result_.job);
  wanted.what = "job '" + result_.job + "'";
  const bool taken = co_await take_lock(wanted, wanted.what + " is running already");
  co_return taken;
}

awaitable<bool> Execution::take_path_locks() {
  std::vector<JobPlan> plans;
  for (const auto& item : items_) plans.push_back(item->job->plan());
  for (const WantedLock& wanted : path_locks(plans)) {
    const bool taken = co_await take_lock(wanted, wanted.what + " is being written by another run");
    if (!taken) co_return false;
  }
  co_return true;
}

awaitable<bool> Execution::take_lock(WantedLock wanted, std::string busy_text) {
  Host& host = run_itself_.host(wanted.host);
  RunError busy;
  try {
    std::string holder = lock_holder(result_.id, result_.job);
    std::unique_ptr<HostLock> lock;
    if (wanted.shared) {
      lock = co_await host.share_lock(wanted.name, std::move(holder));
    } else {
      lock = co_await host.lock(wanted.name, std::move(holder));
    }
    locks_.push_back(std::move(lock));
    co_return true;
  } catch (const LockNotPossible& error) {
    context_.log(LogLevel::Debug, {}, wanted.host, "no lock for " + wanted.what + ": " + error.what());
    co_return true;
  } catch (const LockBusy& error) {
    busy.message = busy_text + ": held by " +
                   (error.holder().empty() ? "a process that does not say who it is: it has just taken it, is about to end, or is one of several" : error.holder());
    busy.remedy = error.remedy();
  }
  add_error(std::move(busy), FailureKind::Busy);
  co_return false;
}

awaitable<void> Execution::note_guarantees() {
  std::set<std::string> hosts;
  for (const auto& item : items_) hosts.insert(item->result.plan.hosts.begin(), item->result.plan.hosts.end());
  for (const std::string& name : hosts) {
    try {
      const HostFacts facts = co_await run_itself_.host(name).facts();
      guarantees_[name] = facts.guarantee;
    } catch (const Error& error) {
      context_.log(LogLevel::Debug, {}, name, std::string("cannot ask for facts: ") + error.what());
    }
  }
}

awaitable<void> Execution::clean_up() {
  if (context_.exit_stack.empty()) co_return;
  std::function<Ending(std::size_t)> ending = [this](std::size_t item) { return ending_of(item); };
  const std::vector<ExitStack::Failure> failures =
      co_await context_.exit_stack.run(options_.cleanup_limit, std::move(ending));
  for (const ExitStack::Failure& failure : failures) {
    const RunItem& item = *items_[failure.item];
    for (RunError& error : run_errors(failure.error, item.result.phase, item.name())) {
      error.message = "cleanup '" + failure.name + "': " + error.message;
      add_error(std::move(error), FailureKind::Work);
    }
  }
}

void Execution::work_is_over() {
  work_over_ = true;
  if (scope_.cancelled()) {
    result_.reason = *scope_.reason();
  } else if (is_skipped()) {
    result_.errors.clear();
    result_.failure = FailureKind::None;
  }
  for (const auto& item : items_) settle_item(*item);
}

void Execution::finish() {
  const TimePoint now = task_.clock().now();
  result_.state = ending_state();
  result_.took = now - began_;
  if (result_.reason) result_.cancel_took = now - cancelled_at_.value_or(now);
  for (const auto& item : items_) {
    item->result.bytes = item->context->bytes();
    const std::optional<std::uint64_t>& seen = item->context->progress_bytes();
    if (item->result.end != ItemEnd::Succeeded) {
      if (seen > item->result.bytes) item->result.bytes = seen;
      // A program that was stopped has not said what it had moved by then.
      if (item->result.bytes == 0U) item->result.bytes.reset();
    }
    result_.items.push_back(item->result);
  }
  result_.warnings = std::move(context_.warnings);
  result_.leftovers = context_.commands.leftovers();
  for (Leftover& left : result_.leftovers) left.command = context_.references.mask(left.command);
  result_.hosts = context_.commands.used_hosts();
  // A run that ended before `note_guarantees` has used hosts too.
  for (const std::string& host : result_.hosts) {
    if (const auto guarantee = context_.ledger.guarantee_of(host)) guarantees_.emplace(host, *guarantee);
  }
  for (const auto& [host, guarantee] : guarantees_) {
    if (!context_.commands.used(host)) continue;
    const bool weaker = context_.commands.has_end_of_input(host);
    result_.guarantees.emplace(host, weaker ? Guarantee::EndOfInput : guarantee);
  }
}

void Execution::tell_end() {
  locks_.clear();
  events_.state_changed(result_.state);
  events_.run_ended(result_);
}

awaitable<RunResult> execute_run(RunSetup setup, RunOptions options, CancelScope& scope) {
  Task& task = task_of(co_await asio::this_coro::executor);
  Execution execution(std::move(setup), options, scope, task);
  RunResult result = co_await execution.run();
  co_return result;
}

}  // namespace orchestrator
