#include "tests/integration/orphans/account.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orchestrator::test {

namespace fs = std::filesystem;

namespace {

constexpr uid_t kPlainUser = 61234;
constexpr std::array kLogins{"orphans-sh", "orphans-bash", "orphans-busybox"};

void must_succeed(int result, const char* what) {
  if (result != 0) throw std::runtime_error(std::string("cannot ") + what + ": " + std::strerror(errno));
}

fs::path shell_of(const std::string& login, const fs::path& folder) {
  if (login == "orphans-bash") return "/bin/bash";
  if (login != "orphans-busybox" || !fs::exists("/bin/busybox")) return "/bin/sh";
  const fs::path link = folder / "sh";
  fs::create_symlink("/bin/busybox", link);
  return link;
}

}  // namespace

std::string login_name(std::size_t shell) { return kLogins.at(shell % kLogins.size()); }

PlainAccount make_plain_account(const fs::path& folder) {
  PlainAccount account{kPlainUser, folder / "home"};
  fs::create_directory(account.home);
  must_succeed(::chown(account.home.c_str(), account.id, account.id), "give away the home of the plain user");
  const fs::path list = folder / "passwd";
  fs::copy_file("/etc/passwd", list);
  std::ofstream lines(list, std::ios::app);
  for (const std::string login : kLogins) {
    lines << login << ":*:" << account.id << ":" << account.id << "::" << account.home.string() << ":"
          << shell_of(login, folder).string() << "\n";
  }
  lines.close();
  fs::permissions(list, fs::perms(0644));
  must_succeed(::unshare(CLONE_NEWNS), "make a mount namespace");
  must_succeed(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make the mounts private");
  must_succeed(::mount(list.c_str(), "/etc/passwd", nullptr, MS_BIND, nullptr), "cover /etc/passwd");
  return account;
}

}  // namespace orchestrator::test
