// Prints what it was started with, one fact per line.
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main() {
  std::printf("descriptors:");
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) std::printf(" %d", fd);
  }
  sigset_t blocked;
  ::sigprocmask(SIG_SETMASK, nullptr, &blocked);
  std::printf("\nblocked:");
  for (int number = 1; number < NSIG; ++number) {
    if (::sigismember(&blocked, number) == 1) std::printf(" %d", number);
  }
  std::printf("\nignored:");
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) std::printf(" %d", number);
  }
  const mode_t mask = ::umask(0);
  std::printf("\nleads its session: %s\n", ::getsid(0) == ::getpid() ? "yes" : "no");
  std::printf("leads its group: %s\n", ::getpgrp() == ::getpid() ? "yes" : "no");
  std::printf("umask: %03o\n", static_cast<unsigned>(mask));
}
