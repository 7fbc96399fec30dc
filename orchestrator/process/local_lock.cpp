#include "orchestrator/process/local_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/state_directory.hpp"

namespace orchestrator {

namespace {

[[noreturn]] void could_not(const std::string& doing, const std::filesystem::path& path) {
  throw Error("cannot " + doing + " '" + path.string() + "': " + std::strerror(errno),
              "it must be an ordinary file of the user who runs this");
}

/// Root works in the directories of other users too, and must leave nothing there that they cannot use.
void give_to_owner_of(int directory, int made) {
  struct stat owner {};
  if (::geteuid() != 0 || ::fstat(directory, &owner) < 0 || owner.st_uid == 0) return;
  (void)!::fchown(made, owner.st_uid, owner.st_gid);
}

/// Another user may have put anything there: no link is followed, and only a file that is made here is given away.
Descriptor open_lock_file(int directory, const std::string& name) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  constexpr mode_t kOwnerOnly = 0600;
  Descriptor fresh(::openat(directory, name.c_str(), kFlags | O_CREAT | O_EXCL, kOwnerOnly));
  if (fresh) give_to_owner_of(directory, fresh.get());
  if (fresh || errno != EEXIST) return fresh;
  return Descriptor(::openat(directory, name.c_str(), kFlags));
}

std::string read_holder(int file) {
  std::array<char, 512> text{};
  const ssize_t count = ::pread(file, text.data(), text.size(), 0);
  if (count <= 0) return {};
  const std::string_view all(text.data(), static_cast<std::size_t>(count));
  return std::string(all.substr(0, all.find('\n')));
}

/// Nobody depends on it: a holder that cannot be written (full disk) holds the lock all the same.
void write_holder(int file, const std::string& holder) {
  const std::string line = holder + "\n";
  if (::ftruncate(file, 0) < 0) return;
  (void)!::pwrite(file, line.data(), line.size(), 0);
}

}  // namespace

LocalLock::~LocalLock() {
  if (shared_by_.empty() || read_holder(file_.get()) == shared_by_) (void)!::ftruncate(file_.get(), 0);
}

std::unique_ptr<LocalLock> take_local_lock(const std::filesystem::path& state_directory, const std::string& name,
                                           const std::string& holder, LockKind kind) {
  if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos) {
    throw Error("'" + name + "' cannot be the name of a lock");
  }
  const std::filesystem::path locks = state_directory / "locks";
  make_state_directory(locks);
  const Descriptor directory(::open(locks.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory) could_not("open the directory of locks", locks);
  Descriptor file = open_lock_file(directory.get(), name);
  if (!file) could_not("open the lock", locks / name);
  if (::flock(file.get(), (kind == LockKind::Shared ? LOCK_SH : LOCK_EX) | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) throw LockBusy(name, read_holder(file.get()));
    could_not("take the lock", locks / name);
  }
  write_holder(file.get(), holder);
  return std::make_unique<LocalLock>(std::move(file), kind == LockKind::Shared ? holder : std::string());
}

}  // namespace orchestrator
