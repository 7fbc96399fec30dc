#pragma once
#include <string>
#include <vector>

#include "jobs/rsync_settings.hpp"

namespace orchestrator {

/// Where interrupted files wait for the next run, inside the directory that they belong to. rsync
/// neither sends nor deletes it, and removes it when the file is complete.
inline constexpr std::string_view kPartialDirectory = ".orchestrator-partial";

/// What makes the other end root.
inline constexpr std::string_view kSudoRsync = "--rsync-path=sudo -n rsync";

/// The options of the job that say what is to be done: "-a", "--delete".
[[nodiscard]] std::vector<std::string> rsync_work_options(const RsyncSettings& settings);

/// The options that make rsync's output one that RsyncOutput can read.
[[nodiscard]] std::vector<std::string> rsync_output_options();

/// `location` as a word for rsync, after "--": "/srv/", "nas:/srv/". It means exactly this path:
/// nothing in it is expanded, here or there.
[[nodiscard]] std::string rsync_location(const Location& location);

/// "-e" and the program that reaches the other end; `program` is a path.
[[nodiscard]] std::vector<std::string> rsync_shell_options(const std::string& program);

/// The whole command of the job. `shell` is the program that reaches the other end, empty when
/// both are here.
[[nodiscard]] std::vector<std::string> rsync_command(const RsyncSettings& settings, bool dry_run,
                                                     const std::string& shell);

/// The command as a person would type it: without what is ours alone.
[[nodiscard]] std::string describe_rsync(const RsyncSettings& settings, bool dry_run);

}  // namespace orchestrator
