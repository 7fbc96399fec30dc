#include "tests/integration/orphans/census.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>
#include <sstream>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

struct Stat {
  std::string name;
  char state = '?';
  pid_t parent = 0;
  std::uint64_t start_time = 0;
};

fs::path proc_of(pid_t pid) { return fs::path("/proc") / std::to_string(pid); }

// What can be read of it: the files of a process that ends meanwhile fail in the middle.
std::string whole(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  ::close(descriptor);
  return text;
}

std::optional<Stat> stat_of(pid_t pid) {
  const std::string text = whole(proc_of(pid) / "stat");
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos) return std::nullopt;
  Stat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  std::istringstream rest(text.substr(close + 2));
  rest >> stat.state >> stat.parent;
  std::string skipped;
  for (int field = 5; field < 22; ++field) rest >> skipped;
  rest >> stat.start_time;
  return stat;
}

std::map<pid_t, Stat> everybody() {
  std::map<pid_t, Stat> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != name.npos) continue;
    const pid_t pid = std::stoi(name);
    if (const auto stat = stat_of(pid)) found.emplace(pid, *stat);
  }
  return found;
}

std::string words_of(pid_t pid) {
  std::string words = whole(proc_of(pid) / "cmdline");
  std::replace(words.begin(), words.end(), '\0', ' ');
  return words;
}

// Keepers have neither words nor environment of ours, but the locks of the run.
bool holds_file_below(pid_t pid, const std::string& folder) {
  std::error_code gone;
  fs::directory_iterator descriptors(proc_of(pid) / "fd", gone);
  for (; !gone && descriptors != fs::directory_iterator(); descriptors.increment(gone)) {
    std::error_code ended;
    if (fs::read_symlink(descriptors->path(), ended).string().starts_with(folder)) return true;
  }
  return false;
}

bool mentions(pid_t pid, const std::string& folder) {
  return words_of(pid).find(folder) != std::string::npos ||
         whole(proc_of(pid) / "environ").find(folder) != std::string::npos || holds_file_below(pid, folder);
}

}  // namespace

bool is_alive(const Identity& identity) {
  const auto stat = stat_of(identity.pid);
  return stat && stat->start_time == identity.start_time && stat->state != 'Z' && stat->state != 'X';
}

std::string describe(const Identity& identity) {
  const auto stat = stat_of(identity.pid);
  if (!stat || stat->start_time != identity.start_time) return std::to_string(identity.pid) + ": gone";
  return std::to_string(identity.pid) + " (" + stat->name + ") " + stat->state + ", parent " +
         std::to_string(stat->parent) + ": " + words_of(identity.pid);
}

int watch_process(const Identity& identity) {
  if (identity.pid <= 1) return -1;
  const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, identity.pid, 0));
  // Looked at after it was opened: from here on the descriptor means this process.
  if (descriptor >= 0 && is_alive(identity)) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  return -1;
}

void end_process(const Identity& identity) {
  const int descriptor = watch_process(identity);
  if (descriptor < 0) return;
  ::syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
  ::close(descriptor);
}

std::vector<Identity> registered(const fs::path& registry) {
  std::istringstream lines(whole(registry));
  std::vector<Identity> found;
  Identity one;
  while (lines >> one.pid >> one.start_time) found.push_back(one);
  return found;
}

std::vector<Identity> that_belong_to(const std::string& folder) {
  std::vector<Identity> found;
  for (const auto& [pid, stat] : everybody()) {
    if (pid == ::getpid() || stat.name == "sshd" || stat.name == "sshd-session" || stat.state == 'Z') continue;
    if (mentions(pid, folder)) found.push_back({pid, stat.start_time});
  }
  return found;
}

std::vector<Identity> that_belong_to(const std::string& folder, const std::string& name) {
  std::vector<Identity> found = that_belong_to(folder);
  std::erase_if(found, [&name](const Identity& one) {
    const auto stat = stat_of(one.pid);
    return !stat || stat->name != name;
  });
  return found;
}

bool environment_has(const Identity& identity, const std::string& text) {
  return whole(proc_of(identity.pid) / "environ").find(text) != std::string::npos;
}

std::string command_line(const Identity& identity) { return words_of(identity.pid); }

std::vector<Identity> sshd_sessions(pid_t listener) {
  const std::map<pid_t, Stat> all = everybody();
  std::vector<Identity> found;
  for (const auto& [pid, stat] : all) {
    if (stat.name != "sshd" && stat.name != "sshd-session") continue;
    pid_t at = stat.parent;
    while (at > 1 && at != listener) {
      const auto parent = all.find(at);
      at = parent == all.end() ? 0 : parent->second.parent;
    }
    if (at == listener) found.push_back({pid, stat.start_time});
  }
  return found;
}

std::vector<Identity> alive_among(std::vector<Identity> some) {
  std::sort(some.begin(), some.end());
  some.erase(std::unique(some.begin(), some.end()), some.end());
  std::erase_if(some, [](const Identity& one) { return !is_alive(one); });
  return some;
}

}  // namespace orchestrator::test
