#include "programs/control/control.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "jobs/job_types.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/version.hpp"
#include "programs/control/follow_run.hpp"
#include "programs/control/timers.hpp"
#include "programs/control/views.hpp"
#include "programs/inspect.hpp"
#include "programs/standard_streams.hpp"
#include "programs/started_by.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

namespace {

int answer(const std::string& text) {
  write_all(STDOUT_FILENO, text);
  return kExitSucceeded;
}

int run_job(BusClient& client, const ControlLine& line) {
  RunWish wish;
  wish.token = random_id();
  wish.dry_run = line.dry_run;
  wish.strict = line.strict;
  wish.concurrency = line.concurrency;
  wish.trigger = trigger_of_this_program();
  if (line.timeout) wish.timeout = *line.timeout;
  const std::string run = client.run_job(line.name, wish);
  if (!line.waits) return answer(run + "\n");
  return follow_run(client, run, line, FollowSignals::CancelRun);
}

// The exit code of a run that is over, or will be.
int wait_for(BusClient& client, const RunRow& run, const ControlLine& line) {
  if (run.ended == std::chrono::system_clock::time_point() && run.has_object) {
    return follow_run(client, run.id, line, FollowSignals::LeaveRun);
  }
  ControlLine shown = line;
  shown.name = run.id;
  (void)show_run(client, shown);
  return run.exit_code < 0 ? kExitInterrupted : run.exit_code;
}

int cancel_run(BusClient& client, const ControlLine& line) {
  const RunRow run = client.run(line.name);
  client.cancel(run.id, line.kill ? "kill" : "stop");
  if (!line.waits || run.ended != std::chrono::system_clock::time_point() || !run.has_object) return kExitSucceeded;
  const int code = follow_run(client, run.id, line, FollowSignals::LeaveRun);
  // That it was cancelled is what was asked for; that something is left is not.
  return code == kExitUnconfirmed || code == kExitLeftRunning || code == kExitInterrupted ? code : kExitSucceeded;
}

int reconcile_through(BusClient& client, const ControlLine& line) {
  const std::string report = client.reconcile(line.name);
  const auto json = nlohmann::json::parse(report, nullptr, false);
  const int code = json.is_object() ? json.value("exit_code", kExitFailed) : kExitFailed;
  if (line.json) {
    write_all(STDOUT_FILENO, report);
    return code;
  }
  std::string text;
  for (const auto& run : json.value("interrupted", nlohmann::json::array())) {
    text += "run " + run.value("run", "") + " of '" + run.value("job", "") + "' was interrupted\n";
  }
  for (const auto& host : json.value("hosts", nlohmann::json::array())) {
    const std::string name = host.value("host", "");
    const std::string problem = host.value("problem", "");
    text += (name.empty() ? "here" : name) + ": ";
    text += host.value("all_gone", false) ? "all gone" : problem.empty() ? "not all is gone" : problem;
    text += "\n";
  }
  std::string shown;
  for (const std::string& one : printable_lines(text, terminal_style(STDOUT_FILENO).charset)) shown += one + "\n";
  write_all(STDOUT_FILENO, shown);
  return code;
}

int check_here(const ControlLine& line) {
  LoadOptions options;
  options.config_file = line.file;
  return answer(check_text(load_warned(job_types(), options)));
}

int show_versions(BusClient* client) {
  std::string text = "orchestratorctl " + std::string(version()) + "\n";
  if (client != nullptr) text += "orchestratord " + client->version() + "\n";
  return answer(text);
}

}  // namespace

int run_control(const ControlLine& line) {
  if (line.action == ControlAction::Help) return answer(line.help);
  if (line.action == ControlAction::Check) return check_here(line);
  if (line.action == ControlAction::Timers) return line.cron ? print_crontab(line) : show_timers(line);
  BusClient client(line.user_bus ? BusKind::User : BusKind::System);
  switch (line.action) {
    case ControlAction::Run: return run_job(client, line);
    case ControlAction::Cancel: return cancel_run(client, line);
    case ControlAction::Wait: return wait_for(client, client.run(line.name), line);
    case ControlAction::Status: return show_status(client, line);
    case ControlAction::List: return show_jobs(client, line);
    case ControlAction::Runs: return show_runs(client, line);
    case ControlAction::Show: return show_run(client, line);
    case ControlAction::Logs: return show_log(client, line);
    case ControlAction::Last: return show_last(client, line);
    case ControlAction::Reconcile: return reconcile_through(client, line);
    case ControlAction::Tasks: return answer(client.task_tree());
    case ControlAction::Reload: client.reload(); return reload_schedules(line);
    case ControlAction::Version: return show_versions(&client);
    case ControlAction::Timers:
    case ControlAction::Check:
    case ControlAction::Help: break;
  }
  return kExitUsage;
}

}  // namespace orchestrator
