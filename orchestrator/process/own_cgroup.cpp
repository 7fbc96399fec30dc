#include "orchestrator/process/own_cgroup.hpp"

#include <atomic>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/process/process_tree.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kCgroupPrefix = "orchestrator-";

std::string text_of(const char* path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

/// "\040" is a space.
std::string without_escapes(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 3 >= text.size()) {
      plain += text[i];
      continue;
    }
    plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
    i += 3;
  }
  return plain;
}

struct CgroupMount {
  std::string root;   // the part of the hierarchy that is mounted
  std::string place;  // where
};

/// By its type: on hybrid systems it is not at the usual place.
CgroupMount cgroup2_mount(const std::string& mountinfo) {
  std::istringstream lines(mountinfo);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream words(line);
    std::string skipped;
    CgroupMount mount;
    if (words >> skipped >> skipped >> skipped >> mount.root >> mount.place) {
      mount.place = without_escapes(mount.place);
      return mount;
    }
  }
  return {};
}

std::string path_in_hierarchy(const std::string& cgroup) {
  std::istringstream lines(cgroup);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("0::")) return line.substr(3);
  }
  return {};
}

std::uint64_t start_time_of(pid_t pid) {
  const auto stat = process_stat(pid);
  return stat && stat->alive() ? stat->start_time : 0;
}

/// "orchestrator-4711-815-3": made by the process 4711 that was started at 815.
bool maker_lives(std::string_view name) {
  name.remove_prefix(kCgroupPrefix.size());
  pid_t pid = 0;
  const auto after_pid = std::from_chars(name.data(), name.data() + name.size(), pid).ptr;
  std::uint64_t start = 0;
  if (after_pid == name.data() + name.size()) return false;
  std::from_chars(after_pid + 1, name.data() + name.size(), start);
  return start_time_of(pid) == start && start != 0;
}

bool can_be_used(int directory, const std::string& name) {
  if (::mkdirat(directory, name.c_str(), 0755) < 0) return false;
  const bool can_kill = ::faccessat(directory, (name + "/cgroup.kill").c_str(), W_OK, 0) == 0;
  ::unlinkat(directory, name.c_str(), AT_REMOVEDIR);
  return can_kill;
}

}  // namespace

std::string own_cgroup_path(const std::string& mountinfo, const std::string& cgroup) {
  const CgroupMount mount = cgroup2_mount(mountinfo);
  std::string path = path_in_hierarchy(cgroup);
  if (mount.place.empty() || path.empty() || path.starts_with("/..")) return {};
  if (mount.root != "/") {
    if (!path.starts_with(mount.root)) return {};
    path.erase(0, mount.root.size());
  }
  return mount.place + path;
}

void remove_stale_cgroups(int directory) {
  const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* entries = copy < 0 ? nullptr : ::fdopendir(copy);
  if (entries == nullptr) return;
  while (const dirent* entry = ::readdir(entries)) {
    if (!std::string_view(entry->d_name).starts_with(kCgroupPrefix) || maker_lives(entry->d_name)) continue;
    ::unlinkat(directory, entry->d_name, AT_REMOVEDIR);  // refused while anybody is in it
  }
  ::closedir(entries);
}

void kill_cgroup(int directory, const std::string& name) noexcept {
  const Descriptor file(::openat(directory, (name + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
  if (file) (void)!::write(file.get(), "1", 1);
}

void remove_cgroup(int directory, const std::string& name) noexcept {
  ::unlinkat(directory, name.c_str(), AT_REMOVEDIR);
}

OwnCgroup find_own_cgroup() {
  OwnCgroup found;
  const std::string path = own_cgroup_path(text_of("/proc/self/mountinfo"), text_of("/proc/self/cgroup"));
  if (path.empty()) return found;
  const pid_t pid = ::getpid();
  found.prefix = std::string(kCgroupPrefix) + std::to_string(pid) + "-" + std::to_string(start_time_of(pid)) + "-";
  found.directory.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!found.directory) return found;
  remove_stale_cgroups(found.directory.get());
  static std::atomic<unsigned> probes;  // several may be under way
  if (!can_be_used(found.directory.get(), found.prefix + "probe-" + std::to_string(++probes))) found.directory.reset();
  return found;
}

}  // namespace orchestrator
