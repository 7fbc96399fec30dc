#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>

namespace orchestrator {

/// The content of a regular file of at most `limit` bytes. `inspect`, if given, sees the open
/// file's status before anything is read, so that no other file can take its place in between.
/// \throws ParseError that names the file and says what is wrong with it, and what `inspect`
/// throws.
[[nodiscard]] std::string read_small_file(
    const std::filesystem::path& file, std::size_t limit,
    const std::function<void(const struct stat&)>& inspect = {});

}  // namespace orchestrator
