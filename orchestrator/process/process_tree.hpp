#pragma once
#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace orchestrator {

// The processes below one, as /proc has them. Also compiled into the keeper: no exceptions, system calls only.

struct ProcessStat {
  char state = 0;  ///< 'Z' and 'X': dead
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t start_time = 0;  ///< in clock ticks since boot: with the pid, and the boot's id, who it is

  [[nodiscard]] bool alive() const noexcept { return state != 'Z' && state != 'X'; }
};

/// None when there is no such process any more, or no /proc.
[[nodiscard]] std::optional<ProcessStat> process_stat(pid_t pid) noexcept;

struct Descendant {
  pid_t pid = 0;
  pid_t parent = 0;  ///< when it was found
};

/// The children of `pid`, zombies too, put at the end of `found`.
void add_children_of(pid_t pid, std::vector<Descendant>& found);

/// All that are below the ones in `tree` joins them.
void add_descendants(std::vector<Descendant>& tree);

/// Signals a process that was found below `root`, if it is still the one that was found: the number may have been
/// given to another one when its parent is not us.
/// \return 0, or errno: EPERM is the one that matters.
int signal_descendant(const Descendant& process, pid_t root, int signal) noexcept;

}  // namespace orchestrator
