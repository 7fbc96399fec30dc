#include "jobs/job_types.hpp"

#include "jobs/command_job.hpp"
#include "jobs/rsync_job.hpp"

namespace orchestrator {

std::vector<JobType> job_types() {
  std::vector<JobType> types;
  types.push_back(command_job_type());
  types.push_back(rsync_job_type());
  return types;
}

}  // namespace orchestrator
