#pragma once

#include <string>

#include "programs/control/control_line.hpp"
#include "systemd/bus_client.hpp"

namespace orchestrator {

/// What a signal means to a run that somebody else runs.
enum class FollowSignals {
  CancelRun,  ///< the first ends it, the second kills, the third leaves it to the daemon
  LeaveRun,   ///< it is not ours
};

/// Shows a run until it has ended, as the one-shot would. \return its exit code; 128 and the signal when it was our signal
/// that ended it, 9 when the daemon died, 10 when it was left to the daemon.
[[nodiscard]] int follow_run(BusClient& client, const std::string& run, const ControlLine& line, FollowSignals signals);

}  // namespace orchestrator
