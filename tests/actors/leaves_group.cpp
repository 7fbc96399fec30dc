// Leaves a process in its group whose parent, alive, has left the group; the parent ends with it.
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

int main() {
  int ready[2];
  if (::pipe(ready) < 0) return 1;
  if (::fork() == 0) {
    const pid_t member = ::fork();
    if (member == 0) {
      ::signal(SIGTERM, SIG_IGN);
      ::close(ready[1]);
      for (;;) ::pause();
    }
    ::setsid();
    ::close(ready[1]);
    ::waitpid(member, nullptr, 0);
    return 0;
  }
  ::close(ready[1]);
  char nothing = 0;
  return ::read(ready[0], &nothing, 1) == 0 ? 0 : 1;
}
