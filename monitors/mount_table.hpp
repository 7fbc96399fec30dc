#pragma once
#include <string>
#include <string_view>

namespace orchestrator {

/// The mount point that holds `path`, as far as names tell: nothing is looked at, so nothing can hang. A symbolic link
/// may lead elsewhere.
/// \param table what /proc/self/mountinfo has. \param path absolute.
/// \return "/" when nothing else fits.
[[nodiscard]] std::string mount_of(std::string_view table, const std::string& path);

/// The same with the table of this process.
[[nodiscard]] std::string mount_of(const std::string& path);

}  // namespace orchestrator
