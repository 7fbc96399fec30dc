#pragma once
#include <memory>
#include <string>

#include "jobs/rsync_checks.hpp"
#include "jobs/rsync_settings.hpp"
#include "orchestrator/run/job.hpp"
#include "orchestrator/run/job_type.hpp"

namespace orchestrator {

/// A job of type "rsync": one run of rsync on this machine, its other end here or on a host.
class RsyncJob final : public Job {
 public:
  RsyncJob(std::string name, RsyncSettings settings)
      : name_(std::move(name)), settings_(std::move(settings)) {}

  [[nodiscard]] const std::string& item() const noexcept override { return name_; }
  [[nodiscard]] JobPlan plan() const override;
  [[nodiscard]] awaitable<std::vector<Problem>> validate(JobContext& context) override;
  [[nodiscard]] awaitable<std::vector<ComingData>> coming(JobContext& context) override;
  [[nodiscard]] awaitable<void> pre_sync(JobContext& context) override;
  [[nodiscard]] awaitable<void> sync(JobContext& context) override;
  [[nodiscard]] bool syncs_in_dry_run() const noexcept override { return true; }
  [[nodiscard]] awaitable<void> post_sync(JobContext& context) override;

 private:
  std::string name_;
  RsyncSettings settings_;
  RsyncTarget target_;  // once validate has seen it
};

[[nodiscard]] JobType rsync_job_type();

}  // namespace orchestrator
