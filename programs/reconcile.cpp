#include "programs/reconcile.hpp"

#include <unistd.h>

#include "orchestrator/config/location.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/run/reconcile.hpp"
#include "orchestrator/store/sqlite_run_store.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "programs/configured_hosts.hpp"
#include "programs/signals.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/json_lines.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

namespace {

void refuse_unknown_host(const Config& config, const std::string& name) {
  if (name.empty() || config.hosts.contains(name)) return;
  const std::string file = config.files.empty() ? std::string() : config.files.front().string();
  throw ConfigErrors(ConfigError{{file}, "", unknown_host_message(name, host_names(config))});
}

// The work, and beside it what watches for signals. Connections live around both.
awaitable<void> reconcile_watched(Loop& loop, const Config& config, const LoadOptions& load,
                                  std::optional<std::string> host, CancelScope& scope, Reconciled& outcome) {
  SqliteRunStore store(run_store_file(state_directory(load.user)), false);
  auto connected = [&](TaskGroup& connections) -> awaitable<void> {
    ConfiguredHosts hosts(loop, config, load, connections);
    auto watched = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("signals", [&scope] { return watch_signals(ending_signals(), scope); });
      ReconcileSetup setup{store, hosts, state_directory(load.user)};
      auto work = [&]() -> awaitable<void> { outcome = co_await reconcile(std::move(setup), std::move(host)); };
      co_await with_cancel_scope(scope, std::move(work));
      group.cancel(CancelReason());
    };
    std::exception_ptr error;
    try {
      co_await with_task_group(std::move(watched));
    } catch (...) {
      error = std::current_exception();
    }
    hosts.close();
    if (error) std::rethrow_exception(error);
  };
  co_await with_task_group(std::move(connected));
}

// What a group of tasks has made of an error, as it was.
[[noreturn]] void rethrow_single(const TaskGroupError& group) {
  const std::vector<TaskError> errors = group.flatten();
  std::rethrow_exception(errors.front().error);
}

std::string reconciled_text(const Reconciled& outcome) {
  const Charset charset = terminal_style(STDOUT_FILENO).charset;
  std::string text;
  for (const std::string& line : describe(outcome)) text += printable(line, charset) + "\n";
  for (const ReconciledHost& host : outcome.hosts) {
    if (!host.remedy.empty()) text += "remedy: " + printable(host.remedy, charset) + "\n";
  }
  return text;
}

}  // namespace

int reconcile_hosts(const CommandLine& command, const Config& config, const LoadOptions& options) {
  std::optional<std::string> only;
  if (!command.host.empty()) only = command.host;
  refuse_unknown_host(config, command.host);
  Loop loop;
  CancelScope scope;
  Reconciled outcome;
  auto first_task = [&]() -> awaitable<void> {
    return reconcile_watched(loop, config, options, std::move(only), scope, outcome);
  };
  try {
    loop.run("reconcile", first_task);
  } catch (const TaskGroupError& group) {
    rethrow_single(group);
  }
  const bool cancelled = scope.cancel_requested();
  const int code = outcome.all_gone() && !cancelled ? kExitSucceeded : kExitUnconfirmed;
  if (command.json) {
    write_all(STDOUT_FILENO, reconciled_line(outcome, code));
  } else {
    write_all(STDOUT_FILENO, reconciled_text(outcome));
    if (cancelled) complain("stopped before all was confirmed; what is open stays in the run store");
  }
  return code;
}

}  // namespace orchestrator
