#pragma once
#include <string>
#include <vector>

#include "jobs/rsync_settings.hpp"
#include "orchestrator/run/job.hpp"

namespace orchestrator {

/// The checks of the other end where its key lets us run nothing but rsync (rrsync), or only rsync runs
/// as root (sudo): made with
/// rsync itself, which lists sources and tries a target with --dry-run. They cannot find out
/// whether the target can be written.
[[nodiscard]] awaitable<std::vector<Problem>> check_restricted_end(JobContext& context,
                                                                   const RsyncSettings& settings,
                                                                   bool has_sources);

// Problems that both kinds of checks find; `source` is shown as it is.
[[nodiscard]] Problem empty_source_problem(const std::string& source);
[[nodiscard]] Problem missing_marker_problem(const RsyncSettings& settings,
                                             const std::string& source);

}  // namespace orchestrator
