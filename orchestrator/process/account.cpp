#include "orchestrator/process/account.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace orchestrator {

namespace {

struct Needed {
  int number;
  const char* name;
};
constexpr std::array<Needed, 3> kNeeded{Needed{CAP_SETUID, "CAP_SETUID"}, Needed{CAP_SETGID, "CAP_SETGID"},
                                        Needed{CAP_KILL, "CAP_KILL"}};

std::string cannot(const std::string& name) { return "cannot run commands as user '" + name + "': "; }

std::vector<gid_t> groups_of(const std::string& name, gid_t first) {
  constexpr int kUsual = 64;
  int count = kUsual;
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  while (::getgrouplist(name.c_str(), first, groups.data(), &count) < 0) groups.resize(static_cast<std::size_t>(count));
  groups.resize(static_cast<std::size_t>(count));
  return groups;
}

/// Of root, what is effective counts; of others, what a program that they execute has too: the keeper needs it.
bool has_capability(int number) {
  if (::geteuid() != 0) return ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0) == 1;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (::syscall(SYS_capget, &header, data.data()) < 0) return false;
  return (data[static_cast<std::size_t>(CAP_TO_INDEX(number))].effective & CAP_TO_MASK(number)) != 0;
}

}  // namespace

Account find_account(const std::string& name) {
  constexpr std::size_t kMost = std::size_t{1} << 20;
  std::vector<char> room(std::size_t{1} << 14);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = ::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found)) == ERANGE && room.size() < kMost) {
    room.resize(room.size() * 2);
  }
  if (error != 0) throw Error(cannot(name) + "looking it up: " + std::strerror(error));
  if (found == nullptr) {
    throw Error(cannot(name) + "there is no such user on this machine", "create it, or correct 'run_as'");
  }
  Account account;
  account.name = name;
  account.uid = found->pw_uid;
  account.gid = found->pw_gid;
  account.groups = groups_of(name, found->pw_gid);
  account.home = found->pw_dir;
  account.shell = found->pw_shell;
  return account;
}

std::string lacking_to_become(const Account& account) {
  std::string lacking;
  if (account.uid == ::geteuid()) return lacking;
  for (const Needed& needed : kNeeded) {
    if (!has_capability(needed.number)) lacking += (lacking.empty() ? "" : ", ") + std::string(needed.name);
  }
  return lacking;
}

std::optional<Error> why_not_run_as(const std::string& name) {
  try {
    const std::string lacking = lacking_to_become(find_account(name));
    if (lacking.empty()) return std::nullopt;
    return Error(cannot(name) + "this process may not become another user (it lacks " + lacking + ")",
                 "for the service, install the drop-in run-as.conf; by hand, run as root");
  } catch (const Error& error) {
    return error;
  }
}

void make_theirs(std::vector<std::string>& environment, const Account& account) {
  const auto set = [&environment](const std::string& name, const std::string* value) {
    const char* ours = std::getenv(name.c_str());
    const std::string entry = name + "=" + (ours == nullptr ? "" : ours);
    const auto other = [&](const std::string& one) { return one.starts_with(name + "=") && (ours == nullptr || one != entry); };
    for (const std::string& one : environment) {
      if (other(one)) return;
    }
    std::erase(environment, entry);
    if (value != nullptr) environment.push_back(name + "=" + *value);
  };
  set("HOME", &account.home);
  set("USER", &account.name);
  set("LOGNAME", &account.name);
  set("SHELL", &account.shell);
  set("XDG_RUNTIME_DIR", nullptr);
  set("TMPDIR", nullptr);
}

}  // namespace orchestrator
