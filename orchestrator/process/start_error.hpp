#pragma once
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/process/launch.hpp"

namespace orchestrator {

/// What a failed launch means to the user.
/// \param path the PATH that was searched; only used when the program's name has no "/".
[[nodiscard]] StartError start_error(const LaunchSpec& spec, const LaunchFailure& failure, const std::string& path);

/// The same when not the command but its keeper could not be launched.
[[nodiscard]] StartError keeper_error(const LaunchSpec& command, const std::string& keeper, const LaunchFailure& failure);

}  // namespace orchestrator
