#include <csignal>
#include <string>
#include <vector>

#include "orchestrator/config/error.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "programs/control/control.hpp"
#include "programs/standard_streams.hpp"
#include "systemd/bus_client.hpp"
#include "systemd/service_manager.hpp"

namespace orchestrator {
namespace {

void say(const std::string& text) { complain(text, "orchestratorctl"); }

/// A monitoring system wants 3 for everything that could not be found out.
constexpr int kUnknown = 3;

int code_of(const ClientError& error) {
  if (dynamic_cast<const NoDaemon*>(&error) != nullptr) return kExitNoDaemon;
  if (error.name() == "Busy") return kExitBusy;
  if (error.name() == "NoSuchJob" || error.name() == "InvalidArgument" || error.name() == "Configuration") return kExitUsage;
  return kExitFailed;
}

int fail(const Error& error, int code) {
  say(error.what());
  if (!error.remedy().empty()) say(error.remedy());
  return code;
}

int do_it(const ControlLine& line) {
  try {
    return run_control(line);
  } catch (const ConfigErrors& mistakes) {
    for (const ConfigError& mistake : mistakes.errors()) say(to_string(mistake));
    return kExitUsage;
  } catch (const ClientError& error) {
    return fail(error, code_of(error));
  } catch (const ManagerRefusal& error) {
    return fail(error, error.kind() == ManagerRefusal::Kind::NotThere ? kExitNoDaemon : kExitFailed);
  } catch (const BusLost& error) {
    return fail(error, kExitNoDaemon);
  } catch (const Error& error) {
    return fail(error, kExitFailed);
  } catch (const std::exception& error) {
    say(error.what());
    return kExitFailed;
  }
}

int run_program(const std::vector<std::string>& arguments) {
  // 1. Descriptors 0 to 2 are ours, and a reader that went away is an error code, not a signal.
  open_closed_streams();
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT

  // 2. What is asked for?
  ControlLine line;
  try {
    line = parse_control_line(arguments);
  } catch (const UsageError& error) {
    say(error.what());
    say("see 'orchestratorctl --help'");
    return kExitUsage;
  }

  // 3. Ask the daemon.
  const int code = do_it(line);
  return line.action == ControlAction::Last && code > 2 ? kUnknown : code;
}

}  // namespace
}  // namespace orchestrator

int main(int argc, char** argv) {
  const int code = orchestrator::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  return orchestrator::code_after_output(code, "orchestratorctl");
}
