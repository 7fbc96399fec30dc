#include "programs/loaded_jobs.hpp"

#include "programs/inspect.hpp"

namespace orchestrator {

LoadedJobs::LoadedJobs(Loop& loop, const std::vector<JobType>& types, const LoadOptions& options, Config config,
                       TaskGroup& connections)
    : types_(types), config_(std::move(config)), hosts_(loop, config_, options, connections) {}

LoadedJobs::~LoadedJobs() { hosts_.close(); }

std::vector<std::unique_ptr<Job>> LoadedJobs::make_items(const JobConfig& job) const {
  return orchestrator::make_items(types_, job, config_);
}

}  // namespace orchestrator
