#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

/// Whether several may have a lock at once.
enum class LockKind : std::uint8_t { Exclusive, Shared };

/// An flock(2) on a file of its own, which is never deleted: so it cannot go stale, and the kernel frees it when the
/// last process that has its descriptor is gone.
class LocalLock final : public HostLock {
 public:
  /// \param shared_by the holder of a lock that is shared.
  explicit LocalLock(Descriptor file, std::string shared_by = {}) noexcept
      : file_(std::move(file)), shared_by_(std::move(shared_by)) {}
  /// Wipes the holder: whoever comes between the next holder and its writing of its name finds nobody, not us.
  ~LocalLock() override;

  /// Closed on exec unless somebody undoes that.
  [[nodiscard]] int descriptor() const noexcept override { return file_.get(); }

 private:
  Descriptor file_;
  std::string shared_by_;
};

/// Takes the lock `name` in `<state>/locks`, without waiting; the file then says `holder`. In the directory of another
/// user root gives what it makes to that user. Blocks on the file system.
/// Of those who share a lock the last one is named, while it has it.
/// \param name a file name: no "/", and no "." in front.
/// \throws LockBusy, Error
[[nodiscard]] std::unique_ptr<LocalLock> take_local_lock(const std::filesystem::path& state_directory,
                                                         const std::string& name, const std::string& holder,
                                                         LockKind kind = LockKind::Exclusive);

}  // namespace orchestrator
