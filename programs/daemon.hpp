#pragma once

#include "orchestrator/config/config.hpp"
#include "orchestrator/run/job_type.hpp"
#include "programs/command_line.hpp"

namespace orchestrator {

/// Serves on the bus until SIGTERM or SIGINT, then ends all runs and confirms it. \return the exit code.
/// \throws ConfigErrors for the first configuration; BusLost when there is no bus, or no name to be had on it.
[[nodiscard]] int run_daemon(const CommandLine& command, const std::vector<JobType>& types, const LoadOptions& options);

}  // namespace orchestrator
