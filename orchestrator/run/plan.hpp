#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace orchestrator {

/// A place that a job reads or writes.
struct PlannedPath {
  std::string host;  ///< empty: this machine
  std::string path;
  bool written = false;  ///< locked and watched by monitors
  std::string real{};    ///< the same without symbolic links, once the validation has seen it; empty where it cannot be told
  bool as_root = false;  ///< written by root, by way of sudo: no quota holds
};

/// What an item is about to write at a place, as far as it can tell beforehand.
struct ComingData {
  std::string host;
  std::string path;
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;
  bool certain = true;  ///< false: it may be less, because something is deleted or replaced
};

/// What an item would do: for `--dry-run`, locks, monitors, and the guarantee per host.
struct JobPlan {
  std::vector<std::string> hosts;     ///< all that commands run on; empty string: this machine
  std::vector<PlannedPath> paths;
  std::vector<std::string> commands;  ///< as a person would type them, secrets masked; in order
};

}  // namespace orchestrator
