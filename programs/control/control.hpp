#pragma once

#include "programs/control/control_line.hpp"

namespace orchestrator {

/// Does what `orchestratorctl` was asked to do. \return the exit code.
/// \throws ClientError, BusLost, ConfigErrors
[[nodiscard]] int run_control(const ControlLine& line);

}  // namespace orchestrator
