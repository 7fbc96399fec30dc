#pragma once
#include <filesystem>

namespace orchestrator {

/// Makes `directory` and what is missing above it, for nobody else to look into (0700). What root
/// makes below somebody else's directory is given to that somebody: the service must be able to go on
/// where root's one-shot has been (decision 16). Blocks.
/// \throws Error with what to do.
void make_state_directory(const std::filesystem::path& directory);

/// Makes a new file for appending (0600), given away in the same way. Blocks.
/// \return its descriptor, the caller's to close. \throws Error
[[nodiscard]] int make_state_file(const std::filesystem::path& file);

}  // namespace orchestrator
