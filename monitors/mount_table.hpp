#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

/// \param table what /proc/self/mountinfo has (proc(5)).
[[nodiscard]] std::vector<std::string> mount_points(std::string_view table);

/// The mount point that holds `path`, as far as names tell: nothing is looked at, so nothing can hang. A symbolic link
/// may lead elsewhere.
/// \param path absolute.
/// \return "/" when nothing else fits.
[[nodiscard]] std::string mount_of(const std::vector<std::string>& mounts, const std::string& path);

/// The mounts that this process sees, read again when they have changed.
class MountTable {
 public:
  [[nodiscard]] std::string mount_of(const std::string& path);

 private:
  [[nodiscard]] bool has_changed();

  Descriptor file_;
  std::vector<std::string> mounts_;
};

}  // namespace orchestrator
