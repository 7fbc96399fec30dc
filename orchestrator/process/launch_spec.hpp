#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/process/command.hpp"
#include "orchestrator/process/launch.hpp"

namespace orchestrator {

/// Where a command is looked for when its environment has no PATH.
inline constexpr std::string_view kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The PATH that a program without "/" in its name is looked for in: the command's own, not ours.
[[nodiscard]] std::string search_path_of(const Command& command);

/// The files that `program` may be, in the order in which execvp(3) looks: an empty entry of `path` is the directory that
/// the command runs in.
[[nodiscard]] std::vector<std::string> candidates_for(const std::string& program, std::string_view path);

/// What to launch for a command on this machine; its streams are still /dev/null.
/// \throws StartError for what no process can have: no program, a NUL byte, a variable with "=" in its name.
[[nodiscard]] LaunchSpec launch_spec_for(const Command& command);

}  // namespace orchestrator
