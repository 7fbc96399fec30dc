#pragma once

#include "orchestrator/engine/job_source.hpp"
#include "orchestrator/run/job_type.hpp"
#include "programs/configured_hosts.hpp"

namespace orchestrator {

/// A configuration that was read from files, with its hosts and the job types that we know.
class LoadedJobs final : public JobSource {
 public:
  /// \param types and connections outlive this.
  LoadedJobs(Loop& loop, const std::vector<JobType>& types, const LoadOptions& options, Config config,
             TaskGroup& connections);
  /// The connections end when nobody uses them any more.
  ~LoadedJobs() override;

  [[nodiscard]] const Config& config() const override { return config_; }
  [[nodiscard]] std::chrono::system_clock::time_point loaded() const override { return loaded_; }
  [[nodiscard]] std::vector<std::unique_ptr<Job>> make_items(const JobConfig& job) const override;
  [[nodiscard]] Hosts& hosts() override { return hosts_; }

 private:
  const std::vector<JobType>& types_;
  Config config_;
  ConfiguredHosts hosts_;
  std::chrono::system_clock::time_point loaded_ = std::chrono::system_clock::now();
};

}  // namespace orchestrator
