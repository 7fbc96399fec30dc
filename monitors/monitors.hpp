#pragma once
#include "monitors/local_probe.hpp"
#include "orchestrator/run/monitor.hpp"

namespace orchestrator {

/// The monitors that every run has. \param here outlives the runs.
[[nodiscard]] MakeMonitors make_monitors(LocalProbe& here);

}  // namespace orchestrator
