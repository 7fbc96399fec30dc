#pragma once
#include <memory>
#include <string>

#include "jobs/command_settings.hpp"
#include "orchestrator/run/job.hpp"
#include "orchestrator/run/job_type.hpp"

namespace orchestrator {

/// A job of type "command": runs one command, here or on a host. Its output goes to the run's log.
class CommandJob final : public Job {
 public:
  CommandJob(std::string name, CommandSettings settings)
      : name_(std::move(name)), settings_(std::move(settings)) {}

  [[nodiscard]] const std::string& item() const noexcept override { return name_; }
  [[nodiscard]] JobPlan plan() const override;
  [[nodiscard]] awaitable<std::vector<Problem>> validate(JobContext& context) override;
  [[nodiscard]] awaitable<void> pre_sync(JobContext& context) override;
  [[nodiscard]] awaitable<void> sync(JobContext& context) override;
  [[nodiscard]] awaitable<void> post_sync(JobContext& context) override;

 private:
  [[nodiscard]] awaitable<void> check_environment(JobContext& context,
                                                  std::vector<Problem>& problems);
  [[nodiscard]] awaitable<void> check_place(JobContext& context, std::vector<Problem>& problems);
  [[nodiscard]] awaitable<void> check_input(JobContext& context, std::vector<Problem>& problems);
  [[nodiscard]] awaitable<Command> make_command(JobContext& context);

  std::string name_;
  CommandSettings settings_;
};

[[nodiscard]] JobType command_job_type();

}  // namespace orchestrator
