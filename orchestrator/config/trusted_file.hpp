#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace orchestrator {

inline constexpr std::size_t kLargestConfigFile = std::size_t{1} << 20;

/// Who may be able to write a configuration file.
enum class Writers {
  Anybody,      ///< a user's own configuration is the user's own business
  OwnerOrRoot,  ///< commands in it are code: only root and the running user
};

/// The content of a small regular file.
/// \throws ConfigErrors when it is missing, unreadable, no regular file or larger than `limit`,
/// and, for Writers::OwnerOrRoot, when somebody else than root and `uid` could change it or put
/// another in its place; the message has the chmod or chown to run.
[[nodiscard]] std::string read_config_file(const std::filesystem::path& file, Writers writers,
                                           uid_t uid, std::size_t limit = kLargestConfigFile);

}  // namespace orchestrator
