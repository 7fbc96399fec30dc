#include "orchestrator/process/launch.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <fcntl.h>
#include <memory>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "orchestrator/signals_blocked.hpp"

namespace orchestrator {

namespace {

// The child runs in our memory (CLONE_VM) while this thread stands still (CLONE_VFORK): that costs the same
// however much memory we have, and its errno needs no pipe to come back. In turn it may do nothing but system calls:
// no allocation, and no function that a sanitizer watches and keeps books on in the shared memory.
#if defined(__clang__)
#define ORCHESTRATOR_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined")))
#else
#define ORCHESTRATOR_IN_CHILD __attribute__((no_sanitize("address", "thread", "undefined"), noinline))
#endif

constexpr std::size_t kStackSize = 64 * 1024;
constexpr int kFirstOfMore = 3;
constexpr int kNotExecuted = 127;
constexpr std::size_t kKernelSignalSet = 8;

struct Plan {
  const char* const* candidates;
  std::size_t candidate_count;
  char* const* arguments;
  char* const* environment;
  const char* directory;
  const mode_t* umask;
  int streams[3];
  int* more;
  std::size_t more_count;
  int above;              // all numbers that are to be replaced
  LaunchFailure failure;  // written by the child
};

ORCHESTRATOR_IN_CHILD int fail(Plan& plan, LaunchStage stage, int error) {
  plan.failure.stage = stage;
  plan.failure.error = error;
  ::syscall(SYS_exit_group, kNotExecuted);
  return 0;
}

ORCHESTRATOR_IN_CHILD void reset_signals() {
  // All zero is SIG_DFL without flags, whatever the order of the members is on this machine. The table is the child's
  // own (no CLONE_SIGHAND). KILL and STOP are refused, which is fine.
  const char defaults[64] = {};
  for (int number = 1; number < NSIG; ++number) {
    ::syscall(SYS_rt_sigaction, number, defaults, nullptr, kKernelSignalSet);
  }
  const char none[kKernelSignalSet] = {};
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, nullptr, kKernelSignalSet);
}

// Out of the way of the ones that are about to be replaced.
ORCHESTRATOR_IN_CHILD int move_up(int descriptor, int above) {
  if (descriptor < 0 || descriptor >= above) return descriptor;
  const int moved = static_cast<int>(::syscall(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, above));
  if (moved < 0 && errno == EINVAL) errno = EMFILE;  // the limit lies below `above`
  return moved;
}

ORCHESTRATOR_IN_CHILD bool move_all_up(Plan& plan) {
  int null = -1;
  for (int& stream : plan.streams) {
    if (stream >= 0) {
      stream = move_up(stream, plan.above);
    } else {
      const int flags = O_RDWR | O_CLOEXEC;
      if (null < 0) null = move_up(static_cast<int>(::syscall(SYS_openat, AT_FDCWD, "/dev/null", flags)), plan.above);
      stream = null;
    }
    if (stream < 0) return false;
  }
  for (std::size_t i = 0; i < plan.more_count; ++i) {
    if (plan.more[i] < 0) continue;
    plan.more[i] = move_up(plan.more[i], plan.above);
    if (plan.more[i] < 0) return false;
  }
  return true;
}

ORCHESTRATOR_IN_CHILD bool put_in_place(int descriptor, int number) {
  if (descriptor >= 0) return ::syscall(SYS_dup3, descriptor, number, 0) >= 0;
  ::syscall(SYS_close, number);
  return true;
}

ORCHESTRATOR_IN_CHILD bool connect_descriptors(Plan& plan) {
  if (!move_all_up(plan)) return false;
  for (int number = 0; number < kFirstOfMore; ++number) {
    if (!put_in_place(plan.streams[number], number)) return false;
  }
  for (std::size_t i = 0; i < plan.more_count; ++i) {
    if (!put_in_place(plan.more[i], kFirstOfMore + static_cast<int>(i))) return false;
  }
  return true;
}

ORCHESTRATOR_IN_CHILD void execute(Plan& plan) {
  int refused = 0;
  for (std::size_t i = 0; i < plan.candidate_count; ++i) {
    ::syscall(SYS_execve, plan.candidates[i], plan.arguments, plan.environment);
    const int error = errno;
    const bool missing = error == ENOENT || error == ENOTDIR;
    if (error == EACCES && refused == 0) {
      refused = error;
      plan.failure.candidate = i;
    }
    if (!missing && error != EACCES) {
      plan.failure.candidate = i;
      fail(plan, LaunchStage::Execute, error);
    }
  }
  fail(plan, LaunchStage::Execute, refused != 0 ? refused : ENOENT);
}

ORCHESTRATOR_IN_CHILD int run_child(void* argument) {
  Plan& plan = *static_cast<Plan*>(argument);
  if (::syscall(SYS_setsid) < 0) fail(plan, LaunchStage::Session, errno);
  if (plan.directory && ::syscall(SYS_chdir, plan.directory) < 0) fail(plan, LaunchStage::Directory, errno);
  if (plan.umask) ::syscall(SYS_umask, *plan.umask);
  if (!connect_descriptors(plan)) fail(plan, LaunchStage::Streams, errno);
  const unsigned rest = static_cast<unsigned>(kFirstOfMore) + static_cast<unsigned>(plan.more_count);
  if (::syscall(SYS_close_range, rest, ~0U, 0U) < 0) fail(plan, LaunchStage::Descriptors, errno);
  reset_signals();
  execute(plan);
  return kNotExecuted;
}

class ChildStack {
 public:
  ChildStack()
      : memory_(::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {}
  ~ChildStack() {
    if (usable()) ::munmap(memory_, kStackSize);
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;

  [[nodiscard]] bool usable() const { return memory_ != MAP_FAILED; }
  [[nodiscard]] void* top() const { return static_cast<char*>(memory_) + kStackSize; }

 private:
  void* memory_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::variant<Launched, LaunchFailure> launch(const LaunchSpec& spec) {
  static thread_local const ChildStack stack;
  if (!stack.usable()) return LaunchFailure{LaunchStage::Clone, ENOMEM};
  const std::vector<char*> candidates = pointers_to(spec.candidates);
  const std::vector<char*> arguments = pointers_to(spec.words);
  const std::vector<char*> environment = pointers_to(spec.environment);
  std::vector<int> more = spec.more;
  Plan plan{candidates.data(),
            spec.candidates.size(),
            arguments.data(),
            environment.data(),
            spec.directory.empty() ? nullptr : spec.directory.c_str(),
            spec.umask ? &*spec.umask : nullptr,
            {spec.streams[0], spec.streams[1], spec.streams[2]},
            more.data(),
            more.size(),
            kFirstOfMore + static_cast<int>(more.size()),
            {}};

  // A handler of ours must not run in the child: it would work on our memory.
  int pidfd = -1;
  pid_t pid = -1;
  int clone_error = 0;
  {
    const SignalsBlocked blocked;
    pid = ::clone(run_child, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
    clone_error = errno;
  }

  if (pid < 0) return LaunchFailure{LaunchStage::Clone, clone_error};
  Launched launched{pid, Descriptor(pidfd)};
  if (plan.failure.error == 0) return launched;
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return plan.failure;
}

}  // namespace orchestrator
