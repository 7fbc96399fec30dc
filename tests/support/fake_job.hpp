#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/run/job.hpp"

namespace orchestrator::test {

/// A job whose phases are what a test says.
class FakeJob final : public Job {
 public:
  using Step = std::function<awaitable<void>(JobContext&)>;

  explicit FakeJob(std::string item) : item_(std::move(item)) {}

  [[nodiscard]] const std::string& item() const noexcept override { return item_; }
  [[nodiscard]] JobPlan plan() const override { return has_plan; }
  [[nodiscard]] awaitable<std::vector<Problem>> validate(JobContext& context) override {
    if (on_validate) co_await on_validate(context);
    co_return finds;
  }
  [[nodiscard]] awaitable<void> pre_sync(JobContext& context) override {
    return step(on_pre_sync, context);
  }
  [[nodiscard]] awaitable<void> sync(JobContext& context) override {
    return step(on_sync, context);
  }
  [[nodiscard]] awaitable<void> post_sync(JobContext& context) override {
    return step(on_post_sync, context);
  }
  [[nodiscard]] bool syncs_in_dry_run() const noexcept override { return can_dry_run; }

  JobPlan has_plan;
  std::vector<Problem> finds;  ///< by `validate`
  bool can_dry_run = false;
  Step on_validate;
  Step on_pre_sync;
  Step on_sync;
  Step on_post_sync;

 private:
  static awaitable<void> step(const Step& what, JobContext& context) {
    if (what) co_await what(context);
  }

  std::string item_;
};

}  // namespace orchestrator::test
