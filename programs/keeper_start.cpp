#include "programs/keeper_start.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "programs/keeper_cgroup.hpp"

namespace orchestrator {

namespace {

constexpr int kNotExecuted = 127;

std::vector<char*> take_texts(char*& next, std::uint32_t count) {
  std::vector<char*> texts;
  texts.reserve(count + 1);
  for (; count > 0; --count) {
    texts.push_back(next);
    next += std::strlen(next) + 1;
  }
  texts.push_back(nullptr);
  return texts;
}

/// What only a keeper needs. With it a command could become anybody; root, of course, stays root.
bool give_up_powers_of_keeper() {
  if (::geteuid() == 0) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) < 0) return true;  // a system without them
  constexpr std::uint32_t kOurs = CAP_TO_MASK(CAP_SETUID) | CAP_TO_MASK(CAP_SETGID) | CAP_TO_MASK(CAP_KILL);
  static_assert(CAP_TO_INDEX(CAP_SETUID) == 0 && CAP_TO_INDEX(CAP_SETGID) == 0 && CAP_TO_INDEX(CAP_KILL) == 0);
  if (((data[0].permitted | data[0].inheritable) & kOurs) == 0) return true;
  data[0].effective &= ~kOurs;
  data[0].permitted &= ~kOurs;  // and so no longer ambient either
  data[0].inheritable &= ~kOurs;
  return ::syscall(SYS_capset, &header, data) == 0;
}

bool give_up_all_powers() {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && errno != EINVAL) return false;
  if (::geteuid() == 0) return true;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2]{};
  return ::syscall(SYS_capset, &header, none) == 0;
}

}  // namespace

KeeperReport not_started(LaunchStage stage, int error, std::size_t candidate) {
  KeeperReport report;
  report.kind = KeeperReportKind::NotStarted;
  report.stage = static_cast<std::uint32_t>(stage);
  report.error = error;
  report.candidate = static_cast<std::uint32_t>(candidate);
  return report;
}

StartOrder::StartOrder(int file) : memory_(MAP_FAILED) {
  struct stat about {};
  if (::fstat(file, &about) < 0 || about.st_size < static_cast<off_t>(sizeof(KeeperOrder))) return;
  size_ = static_cast<std::size_t>(about.st_size);
  memory_ = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
  error_ = errno;
  if (memory_ == MAP_FAILED) return;
  KeeperOrder order;
  std::memcpy(&order, memory_, sizeof(order));
  error_ = order.magic == kKeeperMagic && order.size == size_ ? 0 : EPROTO;
  if (error_ != 0) return;
  char* next = static_cast<char*>(memory_) + sizeof(order);
  groups_.resize(order.groups);
  if (!groups_.empty()) std::memcpy(groups_.data(), next, groups_.size() * sizeof(gid_t));
  next += groups_.size() * sizeof(gid_t);
  directory_ = next;
  next += std::strlen(next) + 1;
  candidates_ = take_texts(next, order.candidates);
  words_ = take_texts(next, order.words);
  environment_ = take_texts(next, order.variables);
  has_umask_ = order.has_umask != 0;
  umask_ = static_cast<mode_t>(order.umask);
  has_user_ = order.has_user != 0;
  uid_ = order.uid;
  gid_ = order.gid;
}

StartOrder::~StartOrder() {
  if (memory_ != MAP_FAILED) ::munmap(memory_, size_);
}

KeeperReport StartOrder::become_command() const {
  if (error_ != 0) return not_started(LaunchStage::Clone, error_);
  // A directory may be on a file system that does not answer: signals must end us there.
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::setsid() < 0) return not_started(LaunchStage::Session, errno);
  if (!become_user()) return not_started(LaunchStage::User, errno);
  if (*directory_ != '\0' && ::chdir(directory_) < 0) return not_started(LaunchStage::Directory, errno);
  if (has_umask_) ::umask(umask_);
  return execute();
}

bool StartOrder::become_user() const {
  // Who stays who we are keeps the groups that he has; nobody but root could change them.
  if (!has_user_ || uid_ == ::geteuid()) return give_up_powers_of_keeper();
  return ::setgroups(groups_.size(), groups_.data()) == 0 && ::setresgid(gid_, gid_, gid_) == 0 &&
         ::setresuid(uid_, uid_, uid_) == 0 && give_up_all_powers();
}

/// As execvp(3) does it: what is missing or refused gives way to the next one.
KeeperReport StartOrder::execute() const {
  KeeperReport refused = not_started(LaunchStage::Execute, ENOENT);
  for (std::size_t i = 0; candidates_[i] != nullptr; ++i) {
    ::execve(candidates_[i], words_.data(), environment_.data());
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR) continue;
    if (error != EACCES) return not_started(LaunchStage::Execute, error, i);
    if (refused.error == ENOENT) refused = not_started(LaunchStage::Execute, error, i);
  }
  return refused;
}

pid_t fork_into(int cgroup) {
  if (cgroup >= 0) {
    clone_args arguments{};
    arguments.flags = CLONE_INTO_CGROUP;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof(arguments));
    if (pid >= 0) return static_cast<pid_t>(pid);
  }
  const pid_t pid = ::fork();
  if (pid == 0 && cgroup >= 0) join_cgroup(cgroup);
  return pid;
}

void become_command(int order, int failure) {
  refuse_command(StartOrder(order).become_command(), failure);
}

void refuse_command(const KeeperReport& report, int failure) {
  (void)!::write(failure, &report, sizeof(report));
  std::_Exit(kNotExecuted);
}

pid_t start_command(int order, int cgroup, int& failure) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return -1;
  const pid_t pid = fork_into(cgroup);
  if (pid == 0) become_command(order, ends[1]);
  const int error = errno;
  ::close(ends[1]);
  if (pid < 0) ::close(ends[0]);
  failure = ends[0];
  errno = error;
  return pid;
}

}  // namespace orchestrator
