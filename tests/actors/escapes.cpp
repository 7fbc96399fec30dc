// Leaves a process behind in a session of its own that holds stdout. When its parent is gone that one writes "alone",
// and it ends when nobody reads from stdout any more.
#include <csignal>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

int main() {
  const int parent = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
  int away[2];
  if (::pipe(away) < 0) return 1;
  if (::fork() != 0) {
    ::close(away[1]);
    char nothing = 0;
    return ::read(away[0], &nothing, 1) == 0 ? 0 : 1;
  }
  ::setsid();
  ::close(away[0]);
  ::close(away[1]);
  ::signal(SIGPIPE, SIG_IGN);
  pollfd parent_end{parent, POLLIN, 0};
  ::poll(&parent_end, 1, -1);
  if (::write(STDOUT_FILENO, "alone\n", 6) < 0) return 1;
  pollfd reader_gone{STDOUT_FILENO, 0, 0};
  ::poll(&reader_gone, 1, -1);
}
