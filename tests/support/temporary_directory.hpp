#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace orchestrator::test {

/// A directory of its own (mode 0700) for one test, removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes a file (mode 0600) below it, with the folders that are missing. \return its path.
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// The whole content of a file.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// The permissions of `path` (of what a link points to), as 0600.
[[nodiscard]] mode_t mode_of(const std::filesystem::path& path);

}  // namespace orchestrator::test
