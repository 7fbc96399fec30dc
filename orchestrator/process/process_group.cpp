#include "orchestrator/process/process_group.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace orchestrator {

namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

[[noreturn]] void throw_cannot_look() {
  throw std::system_error(errno, std::generic_category(), "cannot look through /proc for it");
}

/// State and process group out of /proc/PID/stat: "4711 (na) me) S 1 815 ...". The name may hold anything.
bool lives_in_group(int proc, pid_t pid, pid_t group) {
  const std::string path = std::to_string(pid) + "/stat";
  const Descriptor file(::openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    if (errno == ENOENT || errno == ESRCH || errno == EACCES) return false;
    throw_cannot_look();
  }
  std::array<char, 512> buffer{};
  const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
  if (count <= 0) return false;
  std::string_view text(buffer.data(), static_cast<std::size_t>(count));
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos || text.size() < name_end + 5) return false;
  text.remove_prefix(name_end + 2);
  const char state = text.front();
  if (state == 'Z' || state == 'X') return false;
  text.remove_prefix(2);
  const std::size_t parent_end = text.find(' ');
  if (parent_end == std::string_view::npos) return false;
  text.remove_prefix(parent_end + 1);
  pid_t found = 0;
  std::from_chars(text.data(), text.data() + text.size(), found);
  return found == group;
}

}  // namespace

bool ProcessGroup::signal(int number) const noexcept { return ::kill(-id_, number) == 0 || errno != EPERM; }

bool ProcessGroup::has_living_child() const noexcept {
  // Asked for stopped ones only, the kernel says ECHILD when all that could ever stop are dead.
  siginfo_t info{};
  return ::waitid(P_PGID, static_cast<id_t>(id_), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0;
}

void ProcessGroup::reap_zombies() const noexcept {
  siginfo_t info{};
  do {
    info.si_pid = 0;
  } while (::waitid(P_PGID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0);
}

bool ProcessGroup::empty() const noexcept { return ::kill(-id_, 0) < 0 && errno == ESRCH; }

std::vector<Descriptor> ProcessGroup::living_members() const {
  std::vector<Descriptor> members;
  const std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  if (!proc) throw_cannot_look();
  const int proc_fd = ::dirfd(proc.get());
  while (const dirent* entry = ::readdir(proc.get())) {
    pid_t pid = 0;
    const char* name = entry->d_name;
    const auto [end, ec] = std::from_chars(name, name + std::strlen(name), pid);
    if (ec != std::errc() || *end != '\0' || !lives_in_group(proc_fd, pid, id_)) continue;
    Descriptor member(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!member && errno != ESRCH) throw_cannot_look();
    // Looked at again, because the number could have been given to another process in between.
    if (member && lives_in_group(proc_fd, pid, id_)) members.push_back(std::move(member));
  }
  return members;
}

}  // namespace orchestrator
