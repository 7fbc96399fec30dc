#pragma once
#include <string>
#include <string_view>
#include <variant>

namespace orchestrator {

/// The process called exit.
struct Exited {
  int code = 0;  ///< 0 to 255
  friend bool operator==(const Exited&, const Exited&) = default;
};

/// A signal ended the process.
struct Signalled {
  std::string signal;  ///< its name without "SIG", as SSH has it too (RFC 4254 6.10): "KILL"
  bool core_dumped = false;
  friend bool operator==(const Signalled&, const Signalled&) = default;
};

/// Whatever happened, nobody could say any more how the process ended (its connection was lost).
struct Unknown {
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

/// How a process ended. That it could not be started is no exit status but an exception.
using ExitStatus = std::variant<Exited, Signalled, Unknown>;

[[nodiscard]] inline bool succeeded(const ExitStatus& status) { return status == ExitStatus(Exited{0}); }

/// "exit code 12", "killed by SIGKILL", "ended in an unknown way".
[[nodiscard]] std::string to_string(const ExitStatus& status);

/// From what waitid or wait4 gave.
[[nodiscard]] ExitStatus exit_status_from_wait(int wait_status);

/// "TERM" for SIGTERM; the number as text for one without a name.
[[nodiscard]] std::string signal_name(int number);
/// SIGTERM for "TERM"; 0 for a name that is none.
[[nodiscard]] int signal_number(std::string_view name);

}  // namespace orchestrator
