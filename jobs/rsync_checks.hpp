#pragma once
#include <vector>

#include "jobs/rsync_settings.hpp"
#include "orchestrator/run/job.hpp"

namespace orchestrator {

/// Everything that can be found wrong before an rsync job starts: rsync missing at either end,
/// sources that are missing or unreadable, or that may not stand for an empty target, a target that
/// cannot be written. Changes nothing.
/// \param real_target set to the target's path without symbolic links, where it can be told; outlives the call.
[[nodiscard]] awaitable<std::vector<Problem>> check_rsync_ends(JobContext& context, const RsyncSettings& settings,
                                                               std::string& real_target);

/// The part of it that matters right before the work: whether the sources are what they should be.
[[nodiscard]] awaitable<std::vector<Problem>> check_rsync_sources(JobContext& context,
                                                                  const RsyncSettings& settings);

}  // namespace orchestrator
