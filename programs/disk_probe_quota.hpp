#pragma once
#include <cstddef>
#include <sys/stat.h>

namespace orchestrator {

/// Writes " user ID LIMIT USED INODES USED", in bytes, and the same of "group", where they have a quota on the file system that
/// holds `path`. \param who "us", "none", or "UID:GID". \return the length, less than `room`
int write_quotas(const char* who, const char* path, const struct stat& status, char* text, std::size_t room);

}  // namespace orchestrator
