#include "orchestrator/engine/engine.hpp"

#include <algorithm>

#include "orchestrator/random_id.hpp"
#include "orchestrator/run/run_locks.hpp"
#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator {

namespace {

const JobConfig& configured_job(const Config& config, const std::string& name) {
  try {
    return config.job(name);
  } catch (const ConfigErrors& errors) {
    throw Refused(RefusalKind::NoSuchJob, errors.errors().front().message);
  }
}

// Until execute_run has said more.
RunResult nothing_known_of(const EngineRun& run) {
  RunResult result;
  result.id = run.id();
  result.job = run.order().job;
  result.dry_run = run.order().options.dry_run;
  result.started_by = run.order().started_by;
  result.failure = FailureKind::Work;
  result.began = std::chrono::system_clock::now();
  return result;
}

}  // namespace

Engine::Engine(EngineSetup setup, std::shared_ptr<JobSource> source, Clock& clock, TaskGroup& runs)
    : setup_(std::move(setup)), source_(std::move(source)), clock_(clock), group_(runs) {}

Engine::~Engine() = default;

EngineRun& Engine::start(RunOrder order) {
  if (EngineRun* same = same_order(order)) return *same;
  refuse_what_cannot_be(order);
  const JobConfig& job = configured_job(source_->config(), order.job);
  std::vector<std::unique_ptr<Job>> items = source_->make_items(job);
  EngineRun::Watcher& watcher = *this;
  auto run = std::make_shared<EngineRun>(random_id(), std::move(order), source_, clock_, watcher);
  runs_.push_back(run);
  ++queued_;
  auto shared_items = std::make_shared<std::vector<std::unique_ptr<Job>>>(std::move(items));
  group_.spawn("run " + run->id() + " of '" + run->order().job + "'",
               [this, run, shared_items]() -> awaitable<void> { return live(run, std::move(*shared_items)); });
  for (EngineWatcher* one : watchers_) one->run_new(*run);
  return *run;
}

EngineRun* Engine::same_order(const RunOrder& order) const {
  if (order.token.empty()) return nullptr;
  for (const auto& run : runs_) {
    if (run->order().token != order.token || run->order().owner != order.owner) continue;
    if (run->order().job == order.job) return run.get();
    throw Refused(RefusalKind::InvalidArgument, "the token '" + order.token + "' belongs to a run of job '" +
                                                    run->order().job + "', not of '" + order.job + "'",
                  "give each request a token of its own");
  }
  return nullptr;
}

void Engine::refuse_what_cannot_be(const RunOrder& order) const {
  if (stopping_) throw Refused(RefusalKind::Stopping, "the daemon is stopping and takes no new runs");
  if (paused_) {
    throw Refused(RefusalKind::Stopping, "no new runs are taken: " + paused_->detail, "try again when it is awake, or up, again");
  }
  if (order.token.size() > setup_.limits.token_size) {
    throw Refused(RefusalKind::InvalidArgument, "the token is longer than " + std::to_string(setup_.limits.token_size) +
                                                    " characters");
  }
  (void)configured_job(source_->config(), order.job);
  const EngineRun* busy = order.options.dry_run ? nullptr : active_run_of(order.job);
  if (busy != nullptr) {
    throw Refused(RefusalKind::Busy,
                  "job '" + order.job + "' is running already: held by " + lock_holder(busy->id(), order.job),
                  "wait until it has ended, or cancel it");
  }
  if (queued_ >= setup_.limits.queued) {
    throw Refused(RefusalKind::QueueFull, std::to_string(queued_) + " runs wait for their turn already",
                  "try again when some of them have ended");
  }
}

void Engine::stop(const CancelReason& reason, CancelLevel level) {
  stopping_ = true;
  // `cancel` may end a run that waits, but nothing leaves the list meanwhile: that is the task's own doing.
  for (const auto& run : runs_) run->cancel(reason, level);
}

void Engine::pause(const CancelReason& reason, CancelLevel level) {
  paused_ = reason;
  for (const auto& run : runs_) run->cancel(reason, level);
}

void Engine::resume() {
  paused_.reset();
  awake_.wake_all();
}

awaitable<void> Engine::wait_until_awake() {
  while (paused_ && paused_->cause == CancelCause::Sleep) co_await awake_.wait("the machine to be awake");
}

awaitable<void> Engine::wait_idle() {
  while (running_ + queued_ > 0) co_await idle_.wait("the end of all runs");
}

void Engine::use(std::shared_ptr<JobSource> source) {
  source_ = std::move(source);
  give_turns();  // more may run at once now
}

EngineRun* Engine::find(const std::string& id) const {
  const auto found = std::find_if(runs_.begin(), runs_.end(), [&id](const auto& run) { return run->id() == id; });
  return found == runs_.end() ? nullptr : found->get();
}

EngineRun* Engine::active_run_of(const std::string& job) const {
  const auto active = [&job](const auto& run) {
    return !run->ended() && run->order().job == job && !run->order().options.dry_run;
  };
  const auto found = std::find_if(runs_.begin(), runs_.end(), active);
  return found == runs_.end() ? nullptr : found->get();
}

awaitable<void> Engine::live(std::shared_ptr<EngineRun> run, std::vector<std::unique_ptr<Job>> items) {
  co_await wait_turn(*run);
  RunResult result = nothing_known_of(*run);
  try {
    co_await execute(*run, std::move(items), result);
  } catch (const Cancelled&) {
    // From around all runs; the result is there all the same.
  } catch (const std::exception& error) {
    result.errors.emplace_back().message = error.what();
  }
  has_ended(*run, std::move(result));
}

// A run that is cancelled while it waits goes on too: it tells of its end as others do, and does nothing else.
awaitable<void> Engine::wait_turn(EngineRun& run) {
  auto wait = [this]() -> awaitable<void> {
    if (has_free_turn()) co_return;
    co_await turn_.wait("its turn");
    --promised_turns_;
  };
  try {
    [[maybe_unused]] const ScopeEnd end = co_await with_cancel_scope(run.waiting_scope(), std::move(wait));
  } catch (const Cancelled&) {
    // From around all runs: this one hears of it when it begins.
  }
  --queued_;
  ++running_;
}

bool Engine::has_free_turn() const {
  return running_ + promised_turns_ < source_->config().orchestrator.runs_at_once;
}

// To those who have waited longest, and to no more of them than can go: a thousand others sleep on.
void Engine::give_turns() {
  while (has_free_turn() && turn_.wake_one()) ++promised_turns_;
}

awaitable<void> Engine::execute(EngineRun& run, std::vector<std::unique_ptr<Job>> items, RunResult& result) {
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("tell", [this, &run] { return keep_telling(run); });
    JobSource& source = run.source();
    RunSetup setup{run.id(),        source.config().job(run.order().job),
                   std::move(items), source.hosts(),
                   run,              setup_.state_directory,
                   setup_.output,    setup_.user};
    setup.monitors = setup_.monitors;
    if (!run.order().options.dry_run) {
      setup.store = setup_.store;
      setup.instance = setup_.instance;
    }
    RunOptions options = run.order().options;
    options.started_by = run.order().started_by;
    result = co_await execute_run(std::move(setup), options, run.scope());
    group.cancel(CancelReason());
  };
  co_await with_task_group(std::move(body));
}

awaitable<void> Engine::keep_telling(EngineRun& run) {
  for (;;) {
    co_await sleep_for(EngineRun::kTick);
    if (!run.tick()) continue;
    for (EngineWatcher* watcher : watchers_) watcher->run_progressed(run);
  }
}

void Engine::has_ended(EngineRun& run, RunResult result) {
  run.settle(std::move(result));
  --running_;
  give_turns();
  for (EngineWatcher* watcher : watchers_) watcher->run_ended(run);
  forget_oldest();
  if (running_ + queued_ == 0) idle_.wake_all();
}

void Engine::forget_oldest() {
  const auto over = [](const auto& run) { return run->ended(); };
  auto surplus = static_cast<std::size_t>(std::count_if(runs_.begin(), runs_.end(), over));
  for (; surplus > setup_.limits.kept; --surplus) {
    const auto oldest = std::find_if(runs_.begin(), runs_.end(), over);
    const std::string id = (*oldest)->id();
    runs_.erase(oldest);
    for (EngineWatcher* watcher : watchers_) watcher->run_forgotten(id);
  }
}

void Engine::state_of(EngineRun& run) {
  for (EngineWatcher* watcher : watchers_) watcher->run_changed(run);
}

}  // namespace orchestrator
