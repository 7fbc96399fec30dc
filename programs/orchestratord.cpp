#include <csignal>
#include <exception>
#include <string>
#include <vector>

#include <unistd.h>

#include "jobs/job_types.hpp"
#include "orchestrator/config/effective.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/version.hpp"
#include "programs/command_line.hpp"
#include "programs/connect_check.hpp"
#include "programs/daemon.hpp"
#include "programs/inspect.hpp"
#include "programs/once.hpp"
#include "programs/reconcile.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/terminal_style.hpp"
#include "programs/trust.hpp"

namespace orchestrator {
namespace {

// A broken pipe is noticed, but what was asked for has been done.
int show(const std::string& text) {
  write_all(STDOUT_FILENO, text);
  return 0;
}

// Each begins with its place, so that editors find it.
void complain_about(const ConfigErrors& mistakes) {
  const Charset charset = terminal_style(STDERR_FILENO).charset;
  for (const ConfigError& mistake : mistakes.errors()) {
    if (mistake.where.line == 0) {
      complain(to_string(mistake));
    } else {
      write_all(STDERR_FILENO, printable(to_string(mistake), charset) + "\n");
    }
  }
}

int fail(const std::exception& error) {
  if (const auto* mistakes = dynamic_cast<const ConfigErrors*>(&error)) {
    complain_about(*mistakes);
    return kExitUsage;
  }
  complain(error.what());
  if (const auto* known = dynamic_cast<const Error*>(&error); known != nullptr && !known->remedy().empty()) {
    complain(known->remedy());
  }
  return kExitFailed;
}

int check(const CommandLine& command, const Config& config, const LoadOptions& options) {
  check_users(config);
  show(check_text(config));
  return command.connect ? check_connections(config, options) : 0;
}

int run_action(const CommandLine& command) {
  const std::vector<JobType> types = job_types();
  LoadOptions options;
  options.config_file = command.config;
  // The service, whoever it runs as: configuration in /etc, state in /var/lib, and nobody else may write them.
  if (command.action == Action::Daemon && !command.user_bus) options.user.system = true;
  switch (command.action) {
    case Action::Help: return show(help_text());
    case Action::Version: return show("orchestratord " + std::string(version()) + "\n");
    case Action::Init: return show(write_first_file(types, command.config, options.user));
    case Action::Check: return check(command, load_warned(types, options), options);
    case Action::List: return show(list_text(load_checked(types, options)));
    case Action::PrintConfig: return show(print_effective(load_checked(types, options)));
    case Action::Trust: return trust_host(command, load_checked(types, options));
    case Action::Reconcile: return reconcile_hosts(command, load_checked(types, options), options);
    case Action::Daemon: return run_daemon(command, types, options);
    case Action::Once: return run_once(command, types, options);
  }
  return kExitUsage;
}

int run_program(const std::vector<std::string>& arguments) {
  // 1. Descriptors 0 to 2 are ours, and a reader that went away is an error code, not a signal.
  open_closed_streams();
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT

  // 2. What is asked for?
  CommandLine command;
  try {
    command = parse_command_line(arguments);
  } catch (const UsageError& error) {
    complain(error.what());
    complain("see 'orchestratord --help'");
    return kExitUsage;
  }

  // 3. Do it. What the run itself could not do is in its own report; here arrive mistakes in the configuration.
  try {
    return run_action(command);
  } catch (const std::exception& error) {
    return fail(error);
  }
}

}  // namespace
}  // namespace orchestrator

int main(int argc, char** argv) {
  const int code = orchestrator::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  return orchestrator::code_after_output(code);
}
