#pragma once
#include <optional>
#include <string>

#include "jobs/rsync_settings.hpp"
#include "orchestrator/run/job.hpp"

namespace orchestrator {

/// What is wrong with a source and a target of the same machine that lie within one another: rsync would delete the source
/// that it copies from, or copy its own copies. Paths are absolute and free of symbolic links.
///
/// \param source a directory. \param target where the job's `target` is, or will be.
[[nodiscard]] std::optional<Problem> overlap_problem(const RsyncSettings& settings, const Location& given,
                                                     const std::string& source, const std::string& target);

}  // namespace orchestrator
