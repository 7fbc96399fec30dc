// swarm HOW COUNT MARK: starts COUNT processes, says "ready" when they are there, and stays. All of them have MARK among
// their words, whatever else they give up.
//   group      sleep in the group
//   escape     double-forked, each in a session of its own, with no environment, no descriptor, another directory, deaf to
//              every signal that can be ignored
//   stopped    the same, and stopped
//   chain      forks and ends, for ever, each link in a session of its own
//   bomb       forks for so many generations, each of them twice as many as the one before
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace {

constexpr int kSwarmSeconds = 60;  // should a test fail to end us

std::string program;
std::string mark;

[[noreturn]] void stay() {
  ::signal(SIGALRM, SIG_DFL);
  ::alarm(kSwarmSeconds);
  for (;;) ::pause();
}

[[noreturn]] void become(const char* how, char** environment) {
  char* words[] = {program.data(), const_cast<char*>(how), const_cast<char*>("0"), mark.data(), nullptr};
  ::execve(program.c_str(), words, environment);
  std::_Exit(126);
}

void become_deaf() {
  for (int number = 1; number < NSIG; ++number) {
    if (number != SIGCHLD) ::signal(number, SIG_IGN);
  }
}

/// Two forks away, so that its parent is gone at once. The end of `ready` says that it is deaf and alone.
void escape(const char* how) {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) std::_Exit(0);
  become_deaf();
  if (::chdir("/") < 0) std::_Exit(1);
  char* nothing[] = {nullptr};
  // Ignored signals stay ignored; the descriptors go when it has become another program.
  become(how, nothing);
}

/// An alarm ends whoever stays; a chain has to look at the clock, as nobody inherits an alarm.
[[noreturn]] void chain() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(kSwarmSeconds);
  while (std::chrono::steady_clock::now() < end) {
    const pid_t next = ::fork();
    if (next > 0) std::_Exit(0);
    if (next == 0) ::setsid();
  }
  std::_Exit(0);
}

[[noreturn]] void bomb(int generations) {
  for (int i = 0; i < generations; ++i) {
    if (::fork() < 0) break;
  }
  stay();
}

/// What a process of the swarm is when it has been executed anew.
int live(const std::string& how) {
  ::close_range(0, ~0U, 0);
  if (how == "stopped") ::raise(SIGSTOP);
  if (how == "chain") chain();
  stay();
}

int start(const std::string& how, int count, char** environment) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) < 0) return 1;
  for (int i = 0; i < count; ++i) {
    if (how == "group") {
      if (::fork() == 0) become("group", environment);
    } else if (how == "bomb") {
      if (::fork() == 0) bomb(i);
    } else {
      escape(how.c_str());
    }
  }
  ::close(ready[1]);
  char nothing = 0;
  while (how != "bomb" && ::read(ready[0], &nothing, 1) > 0) {
  }
  if (::write(STDOUT_FILENO, "ready\n", 6) < 0) return 1;
  stay();
}

}  // namespace

int main(int words_count, char** words, char** environment) {
  if (words_count != 4) return 2;
  program = words[0];
  mark = words[3];
  const int count = std::atoi(words[2]);
  return count == 0 ? live(words[1]) : start(words[1], count, environment);
}
