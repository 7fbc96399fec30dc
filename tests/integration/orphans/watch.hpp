#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "tests/integration/orphans/census.hpp"

namespace orchestrator::test {

using Moment = std::chrono::steady_clock::time_point;

/// Waits for what happens in a folder: to the outputs of a program and to a registry, which are files in it.
class FolderWatch {
 public:
  explicit FolderWatch(const std::filesystem::path& folder);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  /// Until `condition` holds, looked at each time that a file changes or `process` ends (a descriptor; -1: none).
  /// \return whether it holds.
  [[nodiscard]] bool until(const std::function<bool()>& condition, Moment limit, int process = -1) const;

 private:
  int descriptor_;
};

/// Until all that `who` lists is gone, asked again when one of them has ended. \return those that are not.
[[nodiscard]] std::vector<Identity> until_gone(const std::function<std::vector<Identity>()>& who, Moment limit);

/// Milliseconds until `limit`, for poll; not below 0.
[[nodiscard]] int milliseconds_until(Moment limit);

}  // namespace orchestrator::test
