#pragma once
#include <string>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/launch.hpp"

namespace orchestrator {

/// A memory file with what the keeper is to start (KeeperOrder); its streams and descriptors go another way.
/// \param cgroup the name of the one to be made; empty: none.
/// \return none when there is no memory or descriptor for it: errno says which.
[[nodiscard]] Descriptor keeper_order(const LaunchSpec& command, const std::string& cgroup) noexcept;

}  // namespace orchestrator
