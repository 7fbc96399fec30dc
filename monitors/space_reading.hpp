#pragma once
#include <cstdint>
#include <string>

#include "orchestrator/config/units.hpp"

namespace orchestrator {

/// What one look at a file system gave: the numbers that all thresholds are compared with.
///
/// `usable` is what plain users can ever have of it, used or not: reserved blocks are nobody's. So 100 % of an
/// empty disk is available, as df's "Use%" has it. Where a quota is used up before the disk, both are the quota's.
struct SpaceReading {
  std::uint64_t usable = 0;     ///< bytes
  std::uint64_t available = 0;  ///< bytes, to a plain user
  std::uint64_t usable_inodes = 0;  ///< 0: as many as fit
  std::uint64_t available_inodes = 0;
  bool read_only = false;
  std::string device;  ///< the same for two paths on one file system, at the same host, with the same quotas
  std::string quota{};        ///< whose `usable` and `available` are, "user 'nobody'"; empty: the disk's own
  std::string inode_quota{};  ///< the same of inodes
};

/// A threshold in bytes, on a file system with so many usable ones.
[[nodiscard]] std::uint64_t bytes_of(const Threshold& threshold, std::uint64_t usable);

/// The same in inodes: a percentage is one of inodes too; a size says nothing about them, so `otherwise` holds. A
/// threshold of nothing is nothing for inodes too.
[[nodiscard]] std::uint64_t inodes_of(const Threshold& threshold, Percentage otherwise, std::uint64_t usable);

/// "14.9 %", rounded down: what is below a threshold never looks like it.
[[nodiscard]] std::string share_text(std::uint64_t part, std::uint64_t whole);
/// "1.2 GiB"
[[nodiscard]] std::string size_text(double bytes);
/// "about 40 s", "about 3 min", "about 5 h"
[[nodiscard]] std::string about_text(double seconds);

}  // namespace orchestrator
