#pragma once
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace orchestrator {

/// A process as /proc/PID/stat shows it.
struct ProcStat {
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  std::string start_time;  ///< in ticks after boot
  std::string name;

  /// Zombies do not live.
  [[nodiscard]] bool lives() const noexcept { return state != 'Z' && state != 'X'; }
};

/// \return none when there is no such process (any more), or no /proc.
[[nodiscard]] std::optional<ProcStat> read_proc_stat(pid_t pid);

/// All processes of this machine. \throws Error when there is no /proc.
[[nodiscard]] std::vector<pid_t> all_processes();

/// "NAME=value" is in the environment that a process was given, as a whole. False for those that may not be read.
[[nodiscard]] bool has_in_environment(pid_t pid, const std::string& entry);

/// Of this machine since it was switched on; empty where unknown.
[[nodiscard]] std::string read_boot_id();

}  // namespace orchestrator
