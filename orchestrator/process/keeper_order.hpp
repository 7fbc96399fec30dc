#pragma once
#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/launch.hpp"

namespace orchestrator {

/// A memory file with what the keeper is to start (KeeperOrder); its streams and descriptors go another way.
/// \return none when there is no memory or descriptor for it: errno says which.
[[nodiscard]] Descriptor keeper_order(const LaunchSpec& command) noexcept;

}  // namespace orchestrator
