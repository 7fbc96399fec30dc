#pragma once
#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/launch.hpp"
#include "orchestrator/process/own_cgroup.hpp"

namespace orchestrator {

/// A keeper that runs.
struct KeeperHandle {
  Launched process;
  Descriptor event;  ///< see `Child`
  Descriptor line;   ///< closing it ends the keeper, and all that it keeps
  int cgroups = -1;    ///< the directory where it may make a cgroup; lives on
  std::string cgroup;  ///< its name there
};

/// What this machine has for keeping commands; found once.
struct Containment {
  std::string keeper;  ///< the program
  OwnCgroup cgroup;
  bool keep_ready = false;            ///< whether a keeper stands by: see ready_keeper.hpp
  std::optional<KeeperHandle> ready;  ///< that one
};

/// What the keeper of a command gets of it. Copies: the descriptors stay the caller's.
struct KeeperGifts {
  std::array<int, 3> streams{-1, -1, -1};  ///< -1: /dev/null
  int order = -1;                          ///< see keeper_order.hpp; -1: it comes later
  std::vector<int> locks{};
};

/// Starts a keeper. After a failure nothing is left.
[[nodiscard]] std::variant<KeeperHandle, LaunchFailure> launch_keeper(const Containment& containment, const KeeperGifts& gifts);

}  // namespace orchestrator
