#pragma once
#include <string>
#include <vector>

#include "jobs/rsync_settings.hpp"
#include "orchestrator/run/job.hpp"

namespace orchestrator {

/// What the validation has seen of a target.
struct RsyncTarget {
  std::string real_path{};  ///< without symbolic links; empty where it cannot be told
  bool has_quotas = false;  ///< df tells of the file system, and users may have a part of it only
};

/// Everything that can be found wrong before an rsync job starts: rsync missing at either end,
/// sources that are missing or unreadable, or that may not stand for an empty target, a target that
/// cannot be written. Changes nothing.
/// \param target set as far as it can be told; outlives the call.
[[nodiscard]] awaitable<std::vector<Problem>> check_rsync_ends(JobContext& context, const RsyncSettings& settings,
                                                               RsyncTarget& target);

/// The part of it that matters right before the work: whether the sources are what they should be.
[[nodiscard]] awaitable<std::vector<Problem>> check_rsync_sources(JobContext& context,
                                                                  const RsyncSettings& settings);

}  // namespace orchestrator
