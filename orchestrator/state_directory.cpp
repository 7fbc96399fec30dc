#include "orchestrator/state_directory.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "orchestrator/error.hpp"
#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

namespace {

[[noreturn]] void could_not_make(const std::filesystem::path& path, int error) {
  throw Error("cannot create '" + path.string() + "': " + std::generic_category().message(error),
              "make its directory writable for this user, or name another one in $ORCHESTRATOR_STATE");
}

/// Gives what was made to the owner of the directory that it is in, when that is not us.
bool give_away(int directory, int made) {
  struct stat owner {};
  if (::geteuid() != 0 || ::fstat(directory, &owner) != 0 || owner.st_uid == 0) return true;
  return ::fchown(made, owner.st_uid, owner.st_gid) == 0;
}

Descriptor open_directory(int parent, const std::filesystem::path& name, int more_flags = 0) {
  return Descriptor(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | more_flags));
}

}  // namespace

void make_state_directory(const std::filesystem::path& directory) {
  std::error_code ignored;
  if (std::filesystem::is_directory(directory, ignored)) return;
  const std::filesystem::path above = directory.parent_path();
  if (!above.empty() && above != directory) make_state_directory(above);
  const Descriptor parent = open_directory(AT_FDCWD, above.empty() ? "." : above);
  if (!parent) could_not_make(directory, errno);
  const std::filesystem::path name = directory.filename();
  if (::mkdirat(parent.get(), name.c_str(), 0700) != 0) {
    const int error = errno;
    if (error == EEXIST && std::filesystem::is_directory(directory, ignored)) return;
    could_not_make(directory, error == EEXIST ? ENOTDIR : error);
  }
  const Descriptor made = open_directory(parent.get(), name, O_NOFOLLOW);
  if (!made || !give_away(parent.get(), made.get())) could_not_make(directory, errno);
}

int make_state_file(const std::filesystem::path& file) {
  // Root writes below directories of others, who could have put a link there.
  const Descriptor directory = open_directory(AT_FDCWD, file.parent_path(), O_NOFOLLOW);
  if (!directory) could_not_make(file, errno);
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Descriptor made(::openat(directory.get(), file.filename().c_str(), kFlags, 0600));
  if (!made || !give_away(directory.get(), made.get())) could_not_make(file, errno);
  return made.release();
}

}  // namespace orchestrator
