#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "jobs/rsync_checks.hpp"
#include "jobs/rsync_settings.hpp"
#include "orchestrator/run/job_context.hpp"
#include "orchestrator/run/plan.hpp"

namespace orchestrator {

/// Adds up what a dry run of rsync says in lines "%i %l".
class RsyncComing {
 public:
  void add(std::string_view line);

  /// New files, and room for the largest one that is replaced: rsync writes it beside the old one.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return created_ + largest_replaced_; }
  [[nodiscard]] std::uint64_t inodes() const noexcept { return inodes_; }
  /// Nothing is deleted or replaced, which may make room.
  [[nodiscard]] bool certain() const noexcept { return certain_; }

 private:
  std::uint64_t created_ = 0;
  std::uint64_t largest_replaced_ = 0;
  std::uint64_t inodes_ = 0;
  bool certain_ = true;
};

/// What an rsync is about to write. Where the target has room for all that its source's disk holds, twice, there is
/// nothing to be asked; otherwise, and where there are quotas, a dry run tells. Nothing is known of a key that runs rsync alone.
/// \throws Error
[[nodiscard]] awaitable<std::vector<ComingData>> rsync_coming(JobContext& context, const RsyncSettings& settings,
                                                               const RsyncTarget& target);

}  // namespace orchestrator
