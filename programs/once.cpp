#include "programs/once.hpp"

#include <unistd.h>

#include "monitors/monitors.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "programs/configured_hosts.hpp"
#include "programs/inspect.hpp"
#include "programs/records.hpp"
#include "programs/report_output.hpp"
#include "programs/signals.hpp"
#include "programs/started_by.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/json_report.hpp"

namespace orchestrator {

namespace {

ReportOptions report_options(const CommandLine& command) {
  ReportOptions options;
  options.quiet = command.quiet;
  // What a dry run is for is what its log says.
  options.verbose = command.verbose || (command.dry_run && !command.quiet);
  options.strict = command.strict;
  return options;
}

std::unique_ptr<Report> make_report(const CommandLine& command, const Clock& clock, ReportOutput& output) {
  if (!command.json) return make_text_report(report_options(command), clock, output);
  auto emit = [&output](ReportPiece piece) { output.put(std::move(piece)); };
  return std::make_unique<JsonReport>(report_options(command), clock, std::move(emit));
}

RunOptions run_options(const CommandLine& command) {
  RunOptions options;
  options.dry_run = command.dry_run;
  options.strict = command.strict;
  options.timeout = command.timeout;
  options.concurrency = command.concurrency;
  options.started_by = started_by(trigger_of_this_program(), "uid " + std::to_string(::geteuid()));
  return options;
}

awaitable<void> keep_ticking(Report& report, Duration interval) {
  for (;;) {
    co_await sleep_for(interval);
    report.tick();
  }
}

// The run, and beside it what watches for signals and what redraws; both end with it.
awaitable<void> run_watched(RunSetup setup, RunOptions options, Report& report, RunResult& result) {
  CancelScope scope;
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("signals", [&scope] { return watch_signals(ending_signals(), scope); });
    if (const std::optional<Duration> interval = report.interval()) {
      group.spawn("display", [&report, interval] { return keep_ticking(report, *interval); });
    }
    result = co_await execute_run(std::move(setup), options, scope);
    group.cancel(CancelReason());
  };
  co_await with_task_group(std::move(body));
}

// Connections live around the run and not in it: a signal cancels the run, and ending it needs them.
awaitable<RunResult> run_job(const CommandLine& command, const LoadOptions& load, const Config& config,
                             const JobConfig& job, std::vector<std::unique_ptr<Job>> items, OutputQueue& queue,
                             Records& records, Report& report) {
  Task& task = co_await current_task();
  RunResult result;
  auto body = [&](TaskGroup& connections) -> awaitable<void> {
    ConfiguredHosts hosts(task.loop(), config, load, connections);
    LocalProbe disks_here(task.loop().io());
    RunSetup setup{random_id(), job, std::move(items), hosts, report, state_directory(load.user), &queue, load.user};
    if (records.instance) {
      setup.store = &records.store;
      setup.instance = records.instance->id();
    }
    setup.monitors = make_monitors(disks_here);
    std::exception_ptr error;
    try {
      co_await run_watched(std::move(setup), run_options(command), report, result);
    } catch (...) {
      error = std::current_exception();
    }
    hosts.close();  // its group waits for them
    co_await disks_here.close();
    if (error) std::rethrow_exception(error);
  };
  co_await with_task_group(std::move(body));
  co_return result;
}

// Where nothing can be written down, nothing is started.
RunResult not_started(const CommandLine& command, const Error& error) {
  RunResult result;
  result.job = command.job;
  result.failure = FailureKind::Work;
  result.began = std::chrono::system_clock::now();
  RunError& shown = result.errors.emplace_back();
  shown.message = error.what();
  shown.remedy = error.remedy();
  return result;
}

// Mistakes of the configuration as a result, for those who read JSON.
RunResult not_started(const CommandLine& command, const ConfigErrors& errors) {
  RunResult result;
  result.job = command.job;
  result.failure = FailureKind::Configuration;
  result.began = std::chrono::system_clock::now();
  for (const ConfigError& error : errors.errors()) result.errors.emplace_back().message = to_string(error);
  return result;
}

}  // namespace

int run_once(const CommandLine& command, const std::vector<JobType>& types, const LoadOptions& options) {
  // 1. Where text goes: behind a queue, so that no reader who stops reading holds the run.
  OutputQueue queue;
  ReportOutput output(queue);
  Loop loop;
  const std::unique_ptr<Report> report = make_report(command, loop.clock(), output);

  // 2. The configuration, and the job. All that is wrong with it leaves as one exception.
  Config config;
  std::vector<std::unique_ptr<Job>> items;
  const JobConfig* job = nullptr;
  try {
    config = load_warned(types, options, command.quiet);
    job = &config.job(command.job);
    items = make_items(types, *job, config);
  } catch (const ConfigErrors& errors) {
    if (command.json) report->run_ended(not_started(command, errors));
    throw;
  }

  // 3. Who we are to those who come after us, should we not come to our end.
  Records records{SqliteRunStore(run_store_file(state_directory(options.user))), std::nullopt};
  try {
    if (!command.dry_run) records.instance = begin_instance(state_directory(options.user));
  } catch (const Error& error) {
    const RunResult nothing = not_started(command, error);
    report->run_ended(nothing);
    return exit_code(nothing, command.strict);
  }

  // 4. The run.
  RunResult result;
  auto first_task = [&]() -> awaitable<void> {
    result = co_await run_job(command, options, config, *job, std::move(items), queue, records, *report);
    co_await forget_instance(records);
  };
  loop.run("orchestratord", first_task);

  // 5. The queue writes what it still holds, for as long as somebody reads, when it goes.
  return exit_code(result, command.strict);
}

}  // namespace orchestrator
