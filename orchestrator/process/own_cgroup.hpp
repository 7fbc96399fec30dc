#pragma once
#include <string>

#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

/// Our place in cgroup v2, where cgroups for our commands can be made.
struct OwnCgroup {
  Descriptor directory;  ///< none where there is no cgroup v2, or none that we may write
  std::string prefix;    ///< of the names there: who made them
};

/// Looks for it, tries it out, and takes away the empty cgroups of orchestrators that are dead. Reads files of the
/// kernel only.
[[nodiscard]] OwnCgroup find_own_cgroup();

// Its steps:

/// The directory of the cgroup v2 mount in which a process is. Empty: there is none, or it lies outside of the mount.
/// \param mountinfo the text of /proc/self/mountinfo
/// \param cgroup the text of /proc/self/cgroup
[[nodiscard]] std::string own_cgroup_path(const std::string& mountinfo, const std::string& cgroup);

/// Removes what dead orchestrators have left empty there.
void remove_stale_cgroups(int directory);

/// Kills all that is in the cgroup `name`, which a keeper that is dead had made.
void kill_cgroup(int directory, const std::string& name) noexcept;
/// Removes it when nobody is in it.
void remove_cgroup(int directory, const std::string& name) noexcept;

}  // namespace orchestrator
