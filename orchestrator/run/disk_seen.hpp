#pragma once
#include <cstdint>
#include <string>

namespace orchestrator {

/// A file system that a run writes to, as its monitor saw it: for progress, reports and history.
struct DiskSeen {
  std::string host;                ///< empty: this machine
  std::string path;                ///< the first one that the run writes there
  std::uint64_t usable = 0;        ///< bytes that plain users can ever have of it
  std::uint64_t available = 0;     ///< bytes, at the last look
  std::uint64_t least_available = 0;
  std::uint64_t usable_inodes = 0;  ///< 0: as many as fit
  std::uint64_t available_inodes = 0;
  std::uint64_t least_available_inodes = 0;
  double rate = 0;          ///< bytes per second by which it fills, at the last look; 0 when it does not
  double highest_rate = 0;
  unsigned warnings = 0;
  std::string quota{};      ///< whose it is that the numbers are of, "user 'nobody'"; empty: the whole file system
  std::string note{};       ///< what there is to tell of it now: "full in about 40 s at 210 MiB/s"
};

}  // namespace orchestrator
