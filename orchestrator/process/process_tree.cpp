#include "orchestrator/process/process_tree.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

namespace {

constexpr nlink_t kLinksOfOneThread = 3;

/// Pids that a file has, with spaces between them.
void add_pids_in(const char* path, pid_t parent, std::vector<Descendant>& found) {
  const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return;
  pid_t pid = 0;
  char buffer[4096];
  ssize_t count = 0;
  while ((count = ::read(file.get(), buffer, sizeof(buffer))) > 0) {
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(count))) {
      if (c >= '0' && c <= '9') {
        pid = pid * 10 + (c - '0');
      } else if (pid > 0) {
        found.push_back(Descendant{pid, parent});
        pid = 0;
      }
    }
  }
  if (pid > 0) found.push_back(Descendant{pid, parent});
}

/// The next number of `text`, which loses it.
template <class Number>
Number take_number(std::string_view& text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  Number value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

void skip_words(std::string_view& text, int words) {
  for (; words > 0; --words) {
    const std::size_t end = text.find(' ', 1);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
}

}  // namespace

std::optional<ProcessStat> process_stat(pid_t pid) noexcept {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  char buffer[1024];
  const ssize_t count = ::read(file.get(), buffer, sizeof(buffer));
  if (count <= 0) return std::nullopt;
  std::string_view text(buffer, static_cast<std::size_t>(count));
  // "4711 (na) me) S 1 815 ...": the name may hold anything.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string_view::npos || text.size() < name_end + 3) return std::nullopt;
  text.remove_prefix(name_end + 2);
  ProcessStat stat;
  stat.state = text.front();
  text.remove_prefix(1);
  stat.parent = take_number<pid_t>(text);
  stat.group = take_number<pid_t>(text);
  constexpr int kBetweenGroupAndStartTime = 16;
  skip_words(text, kBetweenGroupAndStartTime);
  stat.start_time = take_number<std::uint64_t>(text);
  return stat;
}

void add_children_of(pid_t pid, std::vector<Descendant>& found) {
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/%d/task", pid);
  struct stat tasks {};
  if (::stat(path, &tasks) < 0) return;
  if (tasks.st_nlink <= kLinksOfOneThread) {
    std::snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
    add_pids_in(path, pid, found);
    return;
  }
  DIR* directory = ::opendir(path);
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    const int thread = std::atoi(entry->d_name);
    if (thread <= 0) continue;
    std::snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, thread);
    add_pids_in(path, pid, found);
  }
  ::closedir(directory);
}

void add_descendants(std::vector<Descendant>& tree) {
  for (std::size_t next = 0; next < tree.size(); ++next) {
    const pid_t pid = tree[next].pid;
    add_children_of(pid, tree);
  }
}

int signal_descendant(const Descendant& process, pid_t root, int signal) noexcept {
  // A child of ours keeps its number until we have reaped it.
  if (process.parent == root) return ::kill(process.pid, signal) == 0 ? 0 : errno;
  const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pidfd) return errno;
  const std::optional<ProcessStat> now = process_stat(process.pid);
  // Its parent may have died meanwhile.
  if (!now || (now->parent != process.parent && now->parent != root)) return ESRCH;
  return ::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0 ? 0 : errno;
}

}  // namespace orchestrator
