#include "orchestrator/process/proc.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sstream>
#include <unistd.h>

#include "orchestrator/error.hpp"
#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

namespace {

struct CloseProc {
  void operator()(DIR* directory) const noexcept { ::closedir(directory); }
};

/// The files of /proc have no size: they are read to their end.
std::optional<std::string> read_whole(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = ::read(file.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string path_of(pid_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

/// The 22nd field, from the third on (proc(5)).
constexpr int kFieldsBeforeStart = 16;

}  // namespace

std::optional<ProcStat> read_proc_stat(pid_t pid) {
  const std::optional<std::string> text = read_whole(path_of(pid, "stat"));
  if (!text) return std::nullopt;
  // "4711 (na) me) S 1 815 ...": the name may hold anything.
  const std::size_t name_begin = text->find('(');
  const std::size_t name_end = text->rfind(") ");
  if (name_begin == std::string::npos || name_end == std::string::npos) return std::nullopt;
  ProcStat stat;
  stat.name = text->substr(name_begin + 1, name_end - name_begin - 1);
  std::istringstream fields(text->substr(name_end + 2));
  std::string skipped;
  fields >> stat.state >> stat.parent >> stat.group;
  for (int i = 0; i < kFieldsBeforeStart; ++i) fields >> skipped;
  if (!(fields >> stat.start_time)) return std::nullopt;
  return stat;
}

std::vector<pid_t> all_processes() {
  const std::unique_ptr<DIR, CloseProc> proc(::opendir("/proc"));
  if (!proc) throw Error("cannot look through /proc: " + std::string(std::strerror(errno)), "mount /proc");
  std::vector<pid_t> pids;
  while (const dirent* entry = ::readdir(proc.get())) {
    pid_t pid = 0;
    const char* name = entry->d_name;
    const auto [end, ec] = std::from_chars(name, name + std::strlen(name), pid);
    if (ec == std::errc() && *end == '\0') pids.push_back(pid);
  }
  return pids;
}

bool has_in_environment(pid_t pid, const std::string& entry) {
  const std::optional<std::string> all = read_whole(path_of(pid, "environ"));
  if (!all) return false;
  const std::string wanted = entry + '\0';
  for (std::size_t at = all->find(wanted); at != std::string::npos; at = all->find(wanted, at + 1)) {
    if (at == 0 || (*all)[at - 1] == '\0') return true;
  }
  return false;
}

std::string read_boot_id() {
  std::string id = read_whole("/proc/sys/kernel/random/boot_id").value_or(std::string());
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace orchestrator
