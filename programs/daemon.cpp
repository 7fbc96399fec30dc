#include "programs/daemon.hpp"

#include <csignal>

#include <malloc.h>

#include <boost/asio/signal_set.hpp>

#include "monitors/monitors.hpp"
#include "orchestrator/config/location.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/run/reconcile.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/task_tree.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "programs/daemon_log.hpp"
#include "programs/follow_report.hpp"
#include "programs/inspect.hpp"
#include "programs/loaded_jobs.hpp"
#include "programs/records.hpp"
#include "programs/signals.hpp"
#include "programs/terminal/json_lines.hpp"
#include "programs/terminal/numbers.hpp"
#include "systemd/bus_service.hpp"
#include "systemd/service_notify.hpp"
#include "systemd/sleep_guard.hpp"

namespace orchestrator {

namespace {

/// What the cleanups of a run may take, and what is confirmed after them.
constexpr Duration kTimeToStop = std::chrono::seconds(45);

/// The configuration, checked for what a daemon needs; warnings go to stderr unless `quiet`. \throws ConfigErrors
Config load_to_serve(const std::vector<JobType>& types, const LoadOptions& options, bool quiet) {
  Config config = load_warned(types, options, quiet);
  check_users(config);
#if defined(__GLIBC__)
  ::malloc_trim(0);  // what reading took goes back: the daemon is there for months
#endif
  return config;
}

/// "2 runs: documents, srv; 1 waits": the line of `systemctl status`.
class StatusLine final : public EngineWatcher {
 public:
  StatusLine(ServiceNotify& notify, const Engine& engine) : notify_(notify), engine_(engine) { tell(); }
  void run_new(EngineRun&) override { tell(); }
  void run_changed(EngineRun&) override { tell(); }
  void run_ended(EngineRun&) override { tell(); }

 private:
  void tell() {
    std::string jobs;
    for (const auto& run : engine_.runs()) {
      if (run->ended() || run->view().state() == RunState::Queued) continue;
      jobs += (jobs.empty() ? ": " : ", ") + run->order().job;
    }
    std::string text = engine_.running() == 0 ? "idle" : format_count(engine_.running(), "run", "runs") + jobs;
    if (engine_.queued() > 0) text += "; " + std::to_string(engine_.queued()) + " waiting";
    notify_.status(std::move(text));
  }

  ServiceNotify& notify_;
  const Engine& engine_;
};

class Daemon {
 public:
  Daemon(const CommandLine& command, const std::vector<JobType>& types, const LoadOptions& options, Loop& loop,
         OutputQueue& queue, DaemonLog& log, Records& records)
      : kind_(command.user_bus ? BusKind::User : BusKind::System),
        types_(types),
        options_(options),
        loop_(loop),
        queue_(queue),
        log_(log),
        records_(records) {}

  // Connections live around the runs, runs around those who ask for them: what ends needs what is outside of it.
  awaitable<void> live(Config config) {
    auto connected = [&](TaskGroup& connections) -> awaitable<void> {
      connections_ = &connections;
      LocalProbe disks_here(loop_.io());
      disks_here_ = &disks_here;
      source_ = std::make_shared<LoadedJobs>(loop_, types_, options_, std::move(config), connections);
      auto supervised = [&](TaskGroup& runs) -> awaitable<void> { return serve(runs); };
      std::exception_ptr error;
      try {
        [[maybe_unused]] const std::vector<TaskOutcome> outcomes = co_await with_supervisor(std::move(supervised));
      } catch (...) {
        error = std::current_exception();
      }
      source_.reset();  // its connections end; the group waits for them
      co_await disks_here.close();
      if (error) std::rethrow_exception(error);
    };
    co_await with_task_group(std::move(connected));
  }

 private:
  awaitable<void> serve(TaskGroup& runs) {
    EngineSetup setup;
    setup.state_directory = state_directory(options_.user);
    setup.user = options_.user;
    setup.output = &queue_;
    setup.store = &records_.store;
    setup.instance = records_.instance->id();
    setup.monitors = make_monitors(*disks_here_);
    Engine engine(std::move(setup), source_, loop_.clock(), runs);
    engine_ = &engine;
    engine.watch(log_);
    StatusLine status(notify_, engine);
    engine.watch(status);
    BusService service(kind_, loop_, engine, actions(),
                       [this](const std::string& text) { log_.say(LogLevel::Warning, text); });
    SleepGuard sleep_guard(loop_, engine, [this](LogLevel level, const std::string& text) { log_.say(level, text); });
    asio::signal_set hangups(loop_.io(), SIGHUP);
    auto together = [&](TaskGroup& tasks) -> awaitable<void> {
      co_await service.connect();
      tasks.spawn("bus", [&service] { return service.serve(); });
      tasks.spawn("sleep", [&sleep_guard] { return sleep_guard.serve(); });
      tasks.spawn("watchdog", [this] { return notify_.keep_alive(); });
      tasks.spawn("reload", [this, &hangups] { return reload_on(hangups); });
      tasks.spawn("look after the dead", [this] { return look_after_the_dead(); });
      notify_.ready();
      log_.say(LogLevel::Info, "serving " + format_count(source_->config().jobs.size(), "job", "jobs") + " on " +
                                   to_string(kind_));
      co_await until_told_to_end(tasks);
      co_await engine.wait_idle();
      tasks.cancel(CancelReason());
    };
    co_await with_task_group(std::move(together));
  }

  awaitable<void> until_told_to_end(TaskGroup& tasks) {
    auto signals = std::make_shared<asio::signal_set>(loop_.io(), SIGTERM, SIGINT);
    const auto [error, signal] = co_await signals->async_wait(use_task_tuple);
    auto count = std::make_shared<SignalCount>();
    [[maybe_unused]] const auto stop = count->take(signal, loop_.clock().now());
    notify_.stopping();
    notify_.more_time(kTimeToStop);
    end_runs(signal, CancelLevel::Stop);
    tasks.spawn("second signal", [this, signals, count]() -> awaitable<void> { return kill_on(signals, count); });
  }

  awaitable<void> kill_on(std::shared_ptr<asio::signal_set> signals, std::shared_ptr<SignalCount> count) {
    for (;;) {
      const auto [error, signal] = co_await signals->async_wait(use_task_tuple);
      if (const auto level = count->take(signal, loop_.clock().now())) end_runs(signal, *level);
    }
  }

  void end_runs(int signal, CancelLevel level) {
    CancelReason reason;
    reason.cause = CancelCause::Shutdown;
    reason.detail = "SIG" + signal_name(signal);
    log_.say(LogLevel::Info, reason.detail + ": ending " + format_count(engine_->running() + engine_->queued(), "run", "runs"));
    engine_->stop(reason, level);
  }

  awaitable<void> reload_on(asio::signal_set& hangups) {
    for (;;) {
      [[maybe_unused]] const auto [error, signal] = co_await hangups.async_wait(use_task_tuple);
      log_.open_again();
      try {
        co_await reload();
      } catch (const ConfigErrors&) {
        // It has been said.
      }
    }
  }

  // A file with mistakes changes nothing.
  awaitable<void> reload() {
    notify_.reloading();
    auto load = [this] { return load_to_serve(types_, options_, true); };
    std::exception_ptr error;
    try {
      Config config = co_await run_blocking(std::move(load));
      source_ = std::make_shared<LoadedJobs>(loop_, types_, options_, std::move(config), *connections_);
      engine_->use(source_);
      log_.say(LogLevel::Info, "read the configuration again: " + format_count(source_->config().jobs.size(), "job", "jobs"));
    } catch (const ConfigErrors& errors) {
      for (const ConfigError& mistake : errors.errors()) log_.say(LogLevel::Error, to_string(mistake));
      log_.say(LogLevel::Error, "the configuration stays as it was");
      error = std::current_exception();
    }
    notify_.ready();
    if (error) std::rethrow_exception(error);
  }

  awaitable<Reconciled> finish_what_the_dead_left(std::optional<std::string> host) {
    const std::shared_ptr<JobSource> source = source_;  // it may be another one before this ends
    ReconcileSetup setup{records_.store, source->hosts(), state_directory(options_.user), records_.instance->id()};
    Reconciled outcome = co_await reconcile(std::move(setup), std::move(host));
    for (const std::string& line : describe(outcome)) log_.say(LogLevel::Warning, line);
    co_return outcome;
  }

  awaitable<void> look_after_the_dead() {
    try {
      [[maybe_unused]] const Reconciled outcome = co_await finish_what_the_dead_left(std::nullopt);
    } catch (const Error& error) {
      log_.say(LogLevel::Error, std::string("cannot look for what dead runs have left: ") + error.what());
    }
  }

  awaitable<std::string> reconcile_for_client(std::string host) {
    if (!host.empty() && !source_->config().hosts.contains(host)) {
      throw Refused(RefusalKind::InvalidArgument, unknown_host_message(host, host_names(source_->config())));
    }
    std::optional<std::string> only;
    if (!host.empty()) only = std::move(host);
    const Reconciled outcome = co_await finish_what_the_dead_left(std::move(only));
    co_return reconciled_line(outcome, outcome.all_gone() ? kExitSucceeded : kExitUnconfirmed);
  }

  ServiceActions actions() {
    ServiceActions actions;
    actions.reload = [this] { return reload(); };
    actions.reconcile = [this](std::string host) { return reconcile_for_client(std::move(host)); };
    actions.follow = [this](const EngineRun& run, int descriptor) -> std::unique_ptr<RunFollower> {
      return std::make_unique<FollowReport>(run, descriptor, queue_, loop_.clock());
    };
    actions.details = [](const EngineRun& run) {
      return result_line(*run.result(), exit_code(*run.result(), run.order().options.strict));
    };
    actions.task_tree = [this] { return task_tree(loop_); };
    return actions;
  }

  BusKind kind_;
  const std::vector<JobType>& types_;
  const LoadOptions& options_;
  Loop& loop_;
  OutputQueue& queue_;
  DaemonLog& log_;
  Records& records_;
  ServiceNotify notify_;
  TaskGroup* connections_ = nullptr;
  LocalProbe* disks_here_ = nullptr;
  std::shared_ptr<LoadedJobs> source_;
  Engine* engine_ = nullptr;
};

[[noreturn]] void rethrow_first(const TaskGroupError& group) {
  const std::vector<TaskError> errors = group.flatten();
  std::rethrow_exception(errors.front().error);
}

}  // namespace

namespace {

int serve_until_told_to_end(const CommandLine& command, const std::vector<JobType>& types, const LoadOptions& options) {
  // 1. The configuration: without a first one there is nothing to serve.
  Config config = load_to_serve(types, options, false);

  // 2. Who we are to those who come after us, should we not come to our end.
  const std::filesystem::path state = state_directory(options.user);
  Records records{SqliteRunStore(run_store_file(state)), begin_instance(state)};

  // 3. Serve.
  OutputQueue queue;
  DaemonLog log(queue, command.log);
  Loop loop;
  Daemon daemon(command, types, options, loop, queue, log, records);
  auto first_task = [&]() -> awaitable<void> {
    std::exception_ptr error;
    try {
      co_await daemon.live(std::move(config));
    } catch (...) {
      error = std::current_exception();
    }
    co_await forget_instance(records);
    if (error) std::rethrow_exception(error);
  };
  try {
    loop.run("orchestratord", std::move(first_task));
  } catch (const TaskGroupError& group) {
    rethrow_first(group);
  }
  return 0;
}

std::string in_one_line(const ConfigErrors& errors) {
  const std::size_t more = errors.errors().size() - 1;
  return to_string(errors.errors().front()) + (more == 0 ? "" : " (and " + std::to_string(more) + " more)");
}

}  // namespace

int run_daemon(const CommandLine& command, const std::vector<JobType>& types, const LoadOptions& options) {
  try {
    return serve_until_told_to_end(command, types, options);
  } catch (const ConfigErrors& errors) {
    ServiceNotify().cannot_start(in_one_line(errors));
    throw;
  } catch (const std::exception& error) {
    ServiceNotify().cannot_start(error.what());
    throw;
  }
}

}  // namespace orchestrator
