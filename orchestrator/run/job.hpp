#pragma once
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/run/job_context.hpp"
#include "orchestrator/run/plan.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Something that `validate` found, with what to do about it.
struct Problem {
  std::string what;
  std::string remedy;  ///< may be empty
};

/// How long an item may take to find out what is coming.
inline constexpr Duration kComingLimit = std::chrono::seconds(20);

/// One item of a configured job: the unit of work that a run takes through its phases. One object per item and run.
///
/// Every method may be cancelled at any suspension, has to leave nothing running when it returns or throws (which
/// `run_process` and `with_process` see to), and throws Error for what cannot go on.
class Job {
 public:
  Job() = default;
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// Names the item in progress and reports: its target, or the job's name when there is only one.
  [[nodiscard]] virtual const std::string& item() const noexcept = 0;

  [[nodiscard]] virtual JobPlan plan() const = 0;

  /// Finds every problem it can, and changes nothing. Runs for all items of the run before anything else.
  [[nodiscard]] virtual awaitable<std::vector<Problem>> validate(JobContext& context) = 0;

  /// What is about to be written, where that can be told cheaply; asked after `validate`, and given up after
  /// `kComingLimit`. Changes nothing. What it throws is not told: then nothing is known.
  [[nodiscard]] virtual awaitable<std::vector<ComingData>> coming(JobContext& context);

  /// Reversible changes only; registers the undo with `context.on_failure` before it makes the change.
  [[nodiscard]] virtual awaitable<void> pre_sync(JobContext& context) = 0;
  /// The work. With `context.dry_run()` it changes nothing, and reports what it would do.
  [[nodiscard]] virtual awaitable<void> sync(JobContext& context) = 0;
  /// Whether `sync` heeds `dry_run()`. A dry run of a job that does not ends with `validate`.
  [[nodiscard]] virtual bool syncs_in_dry_run() const noexcept { return false; }
  /// Install, rotate, record: each step one atomic act. Runs when every item's `sync` has ended, for those that succeeded.
  [[nodiscard]] virtual awaitable<void> post_sync(JobContext& context) = 0;
};

inline awaitable<std::vector<ComingData>> Job::coming(JobContext& /*context*/) { co_return std::vector<ComingData>(); }

}  // namespace orchestrator
