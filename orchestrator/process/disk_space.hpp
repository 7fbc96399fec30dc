#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// One line of `df -P`, of blocks or of inodes.
struct DfLine {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
};

/// The numbers in the output of `df -P` for one path. A file system without a bound on its inodes says "-", or 0.
/// \throws Error when there is no such line.
[[nodiscard]] DfLine parse_df(std::string_view output);

/// Space of the file system that holds `path`, or the part of `path` that exists, asked of df(1) on `host`: a file system
/// that does not answer then holds a process, not us.
/// \throws Error when df says no, StartError when there is none.
[[nodiscard]] awaitable<DiskSpace> disk_space_by_df(Host& host, std::string path);

}  // namespace orchestrator
