#pragma once
#include <optional>

#include "orchestrator/process/launch_keeper.hpp"

namespace orchestrator {

// Where clone3(2) is refused, as in a unit with RestrictNamespaces=, a process enters a cgroup by a write, which takes the kernel
// up to 20 ms. There one keeper stands by whose cgroup is made and entered, and which waits to hear what its command is.

/// Whether a process can be made in another cgroup than ours (CLONE_INTO_CGROUP).
[[nodiscard]] bool may_clone_into_cgroup() noexcept;

/// Sees to it that one stands by, if one shall; where it cannot be started none does.
void keep_ready(Containment& containment);

/// Gives the command to the one that stands by. None: none does, and nothing has been given.
[[nodiscard]] std::optional<KeeperHandle> give_to_ready(Containment& containment, const KeeperGifts& gifts);

/// Ends the one that stands by. Blocks for as long as that takes, at most a second.
void dismiss_ready(Containment& containment) noexcept;

}  // namespace orchestrator
