#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

/// An flock(2) on a file of its own, which is never deleted: so it cannot go stale, and the kernel frees it when the
/// last process that has its descriptor is gone.
class LocalLock final : public HostLock {
 public:
  explicit LocalLock(Descriptor file) noexcept : file_(std::move(file)) {}
  /// Wipes the holder: whoever comes between the next holder and its writing of its name finds nobody, not us.
  ~LocalLock() override;

  /// Closed on exec unless somebody undoes that.
  [[nodiscard]] int descriptor() const noexcept override { return file_.get(); }

 private:
  Descriptor file_;
};

/// Takes the lock `name` in `<state>/locks`, without waiting; the file then says `holder`. In the directory of another
/// user root gives what it makes to that user. Blocks on the file system.
/// \param name a file name: no "/", and no "." in front.
/// \throws LockBusy, Error
[[nodiscard]] std::unique_ptr<LocalLock> take_local_lock(const std::filesystem::path& state_directory,
                                                         const std::string& name, const std::string& holder);

}  // namespace orchestrator
