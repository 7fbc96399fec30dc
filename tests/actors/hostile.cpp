// hostile MODE REGISTRY THEN: a program that does not want to end, for the matrix of orphans.
//
// MODE is how it resists (see kModes). THEN is what its main process does when all that it started is there: "stay",
// "succeed" or "fail"; in the last two somebody else resists in its place. Every process first adds a line
// "PID STARTTIME" to REGISTRY, and is killed by a timer of its own after two minutes, even while it is stopped.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kLifeSeconds = 120;
constexpr long kLinkNanoseconds = 60'000'000;  // of one process of a fork chain: fewer than 20 forks per second

std::string program;
std::string registry;
std::string then;
timespec life_ends{};

// Field 22 of stat; the command's name before it may hold anything.
unsigned long long start_time() {
  char text[1024] = {};
  const int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0 || ::read(file, text, sizeof text - 1) <= 0) std::abort();
  ::close(file);
  const char* at = std::strrchr(text, ')');
  for (int field = 2; field < 22; ++field) at = std::strchr(at + 1, ' ');
  return std::strtoull(at + 1, nullptr, 10);
}

// Ends this process whatever it ignores: a SIGKILL from a timer reaches a stopped process too.
void limit_life() {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer{};
  itimerspec when{};
  when.it_value = life_ends;
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
      ::timer_settime(timer, TIMER_ABSTIME, &when, nullptr) != 0) {
    std::abort();
  }
}

// What every process of ours does first.
void live() {
  limit_life();
  char line[64];
  const int length = std::snprintf(line, sizeof line, "%d %llu\n", ::getpid(), start_time());
  const int file = ::open(registry.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (file < 0 || ::write(file, line, static_cast<std::size_t>(length)) != length) std::abort();
  ::close(file);
}

[[noreturn]] void stay() {
  for (;;) ::pause();
}

// Runs `body` in a child, and returns when the child and all that it starts meanwhile have lived or ended.
template <class Body>
void start(Body body) {
  int here[2];
  if (::pipe2(here, O_CLOEXEC) != 0) std::abort();
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    ::close(here[0]);
    live();
    body(here[1]);
    std::_Exit(0);
  }
  ::close(here[1]);
  char nothing = 0;
  while (::read(here[0], &nothing, 1) > 0) {
  }
  ::close(here[0]);
}

void nap() {
  timespec time{0, kLinkNanoseconds};
  ::nanosleep(&time, nullptr);
}

[[noreturn]] void become(const char* mode, bool with_environment) {
  char* words[] = {program.data(), const_cast<char*>(mode), registry.data(), const_cast<char*>("stay"), nullptr};
  char* nothing[] = {nullptr};
  ::execve(program.c_str(), words, with_environment ? environ : nothing);
  std::_Exit(126);
}

// --- what one process does -------------------------------------------------------------------------------------------

void sleeps() { stay(); }

void ignores_term() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) ::signal(number, SIG_IGN);
  stay();
}

void stops() {
  ::raise(SIGSTOP);
  stay();
}

// A few MiB at once, more than any pipe and window holds, then on and on.
[[noreturn]] void flood(int descriptor) {
  std::string lines;
  while (lines.size() < (1 << 16)) lines += std::string(99, 'x') + "\n";
  for (int blocks = 0;; ++blocks) {
    if (::write(descriptor, lines.data(), lines.size()) <= 0) stay();
    if (blocks > 40) nap();
  }
}
void floods_stdout() { flood(STDOUT_FILENO); }
void floods_stderr() { flood(STDERR_FILENO); }

void reads_stdin() {
  char buffer[4096];
  while (::read(STDIN_FILENO, buffer, sizeof buffer) > 0) {
  }
  stay();
}

void overwrites_environment() {
  char** last = environ;
  if (*last == nullptr) stay();
  while (last[1] != nullptr) ++last;
  char* begin = environ[0];
  char* end = *last + std::strlen(*last);
  std::memset(begin, 'x', static_cast<std::size_t>(end - begin));
  stay();
}

// --- and what takes several ------------------------------------------------------------------------------------------

// Two levels below the main process, in a session of its own.
void leaves_session(void (*resist)()) {
  start([resist](int ready) {
    start([resist, ready](int inner) {
      ::setsid();
      ::close(ready);
      ::close(inner);
      resist();
    });
    ::close(ready);
    stay();
  });
}
void setsid_grandchild() { leaves_session(sleeps); }
void overwrites_and_leaves() { leaves_session(overwrites_environment); }
void scrubs_and_leaves() {
  leaves_session([] { become("sleeps", false); });
}

// A child of sudo that belongs to root: it says so by a byte on its output, because sudo closes all but the first three.
void starts_by_sudo() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execlp("sudo", "sudo", "-n", program.c_str(), "of_sudo", registry.c_str(), "stay", nullptr);
    std::_Exit(126);
  }
  ::close(ends[1]);
  char here = 0;
  if (::read(ends[0], &here, 1) != 1) std::abort();
  ::close(ends[0]);
}
void child_of_sudo() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(number, SIG_IGN);
  if (::write(STDOUT_FILENO, "x", 1) != 1) std::abort();
  stay();
}

void becomes_daemon() {
  start([](int) {
    ::setsid();
    if (::fork() != 0) return;
    live();
    if (::chdir("/") != 0) std::abort();
    ::close_range(0, ~0U, 0);
    stay();
  });
}

[[noreturn]] void chain(bool leaves, int ready) {
  for (;;) {
    ::close(ready);
    nap();
    const pid_t next = ::fork();
    if (next < 0) std::_Exit(1);
    if (next > 0) std::_Exit(0);
    if (leaves) ::setsid();
    live();
  }
}
void forks_on() {
  start([](int ready) { chain(false, ready); });
}
void forks_on_and_leaves() {
  start([](int ready) { chain(true, ready); });
}

// A real shell, with real background jobs. It keeps pid, start time and this alarm through exec.
void shell_with_children() {
  const std::string job = "'" + program + "' sleeps '" + registry + "' stay & ";
  const std::string script = job + job + job + (then == "stay" ? "wait" : then == "fail" ? "exit 3" : "exit 0");
  ::alarm(kLifeSeconds);
  ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
  std::abort();
}

struct Mode {
  std::string_view name;
  void (*resist)();
  bool starts_others;  ///< and comes back; if not, it is one process and stays
};
constexpr std::array kModes{
    Mode{"sleeps", sleeps, false},
    Mode{"shell", shell_with_children, true},
    Mode{"ignores_term", ignores_term, false},
    Mode{"stopped", stops, false},
    Mode{"setsid_grandchild", setsid_grandchild, true},
    Mode{"daemon", becomes_daemon, true},
    Mode{"fork_chain", forks_on, true},
    Mode{"fork_chain_leaves", forks_on_and_leaves, true},
    Mode{"scrubbed", scrubs_and_leaves, true},
    Mode{"floods_stdout", floods_stdout, false},
    Mode{"floods_stderr", floods_stderr, false},
    Mode{"reads_stdin", reads_stdin, false},
    Mode{"overwrites", overwrites_environment, false},
    Mode{"overwrites_leaves", overwrites_and_leaves, true},
    Mode{"sudo_child", starts_by_sudo, true},
    Mode{"sudo_refused", starts_by_sudo, true},
    Mode{"of_sudo", child_of_sudo, false},
};

void act(const Mode& mode) {
  if (mode.starts_others) {
    mode.resist();
  } else if (then == "stay") {
    mode.resist();
  } else {
    start([&mode](int ready) {
      ::close(ready);
      mode.resist();
    });
  }
  if (then == "stay") stay();
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  program = words[0];
  registry = words[2];
  then = words[3];
  ::clock_gettime(CLOCK_MONOTONIC, &life_ends);
  life_ends.tv_sec += kLifeSeconds;
  live();
  ::signal(SIGCHLD, SIG_DFL);
  for (const Mode& mode : kModes) {
    if (mode.name != words[1]) continue;
    act(mode);
    return then == "fail" ? 3 : 0;
  }
  return 2;
}
