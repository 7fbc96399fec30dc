#pragma once
#include <string>

namespace orchestrator {

/// A new empty folder that only this user can enter, removed with the files in it when it dies.
/// Short enough to name a socket in it.
class PrivateFolder {
 public:
  /// \throws Error
  PrivateFolder();
  ~PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace orchestrator
