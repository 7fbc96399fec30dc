#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// How long reaping and confirming may take after KILL; never cut, never cancelled.
inline constexpr Duration kConfirmLimit = std::chrono::seconds(5);

/// One rung: a signal to the whole process group, then a wait until all of it is gone.
struct StopRung {
  std::string signal;  ///< name without "SIG"
  Duration wait{};     ///< until the next rung; unused for the last
};

/// How a command is ended: signals with their waits, KILL last. A cancellation of level `kill` skips to KILL,
/// at the start or in the middle of a wait.
struct StopLadder {
  std::vector<StopRung> rungs{{"TERM", std::chrono::seconds(5)}, {"KILL", Duration::zero()}};
  Duration confirm_limit = kConfirmLimit;
};

}  // namespace orchestrator
