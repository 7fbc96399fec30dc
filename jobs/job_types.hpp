#pragma once
#include <vector>

#include "orchestrator/run/job_type.hpp"

namespace orchestrator {

/// All kinds of jobs that there are; the wiring registers their sections.
[[nodiscard]] std::vector<JobType> job_types();

}  // namespace orchestrator
