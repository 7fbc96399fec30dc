#include "programs/keeper_cgroup.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orchestrator {

namespace {

constexpr int kDeepest = 16;

void write_to(int directory, const char* name, const char* byte) {
  const int file = ::openat(directory, name, O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  (void)!::write(file, byte, 1);
  ::close(file);
}

/// Cgroups below this one, which a command has made.
void remove_below(int directory, int depth) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) return;
  while (const dirent* entry = ::readdir(entries)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    const int below = ::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (below >= 0 && depth < kDeepest) remove_below(below, depth + 1);
    if (below >= 0) ::close(below);
    ::unlinkat(directory, entry->d_name, AT_REMOVEDIR);
  }
  ::closedir(entries);
}

}  // namespace

CommandCgroup::CommandCgroup(int place, const char* name) noexcept : place_(place), name_(name) {
  if (*name == '\0' || ::mkdirat(place, name, 0755) < 0) return;
  directory_ = ::openat(place, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

void CommandCgroup::kill_all() const noexcept {
  if (directory_ >= 0) write_to(directory_, "cgroup.kill", "1");
}

void CommandCgroup::remove() noexcept {
  if (directory_ < 0) return;
  if (::unlinkat(place_, name_, AT_REMOVEDIR) < 0) {
    remove_below(directory_, 0);
    ::unlinkat(place_, name_, AT_REMOVEDIR);
  }
  ::close(directory_);
  directory_ = -1;
}

void join_cgroup(int directory) noexcept { write_to(directory, "cgroup.procs", "0"); }

}  // namespace orchestrator
