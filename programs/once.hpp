#pragma once

#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/run/job_type.hpp"
#include "programs/command_line.hpp"

namespace orchestrator {

/// Runs one job, here and now, and reports it. \return the exit code.
/// \throws ConfigErrors before anything is started.
[[nodiscard]] int run_once(const CommandLine& command, const std::vector<JobType>& types, const LoadOptions& options);

}  // namespace orchestrator
