#pragma once
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Space of the file system that holds `path`, or the part of `path` that exists, asked of df(1) on `host`: a file system
/// that does not answer then holds a process, not us.
/// \throws Error when df says no, StartError when there is none.
[[nodiscard]] awaitable<DiskSpace> disk_space_by_df(Host& host, std::string path);

}  // namespace orchestrator
