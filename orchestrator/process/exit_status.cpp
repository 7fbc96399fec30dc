#include "orchestrator/process/exit_status.hpp"

#include <csignal>
#include <cstring>
#include <sys/wait.h>

namespace orchestrator {

std::string to_string(const ExitStatus& status) {
  if (const auto* exited = std::get_if<Exited>(&status)) return "exit code " + std::to_string(exited->code);
  if (const auto* signalled = std::get_if<Signalled>(&status)) {
    return "killed by SIG" + signalled->signal + (signalled->core_dumped ? " (core dumped)" : "");
  }
  return "ended in an unknown way";
}

ExitStatus exit_status_from_wait(int wait_status) {
  if (WIFEXITED(wait_status)) return Exited{WEXITSTATUS(wait_status)};
  if (WIFSIGNALED(wait_status)) return Signalled{signal_name(WTERMSIG(wait_status)), WCOREDUMP(wait_status) != 0};
  return Unknown{};
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name ? name : std::to_string(number);
}

int signal_number(std::string_view name) {
  for (int number = 1; number < NSIG; ++number) {
    const char* known = ::sigabbrev_np(number);
    if (known && name == known) return number;
  }
  return 0;
}

}  // namespace orchestrator
