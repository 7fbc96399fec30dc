#include "programs/keeper_ready.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/process/passed_descriptors.hpp"
#include "programs/keeper_start.hpp"

namespace orchestrator {

namespace {

/// The order and the streams: what comes after them stays here.
std::size_t parts_for_command(const PassedRequest& passed) {
  std::size_t count = 1;
  for (unsigned stream = 0; stream < 3; ++stream) count += (passed.request.streams >> stream) & 1U;
  return count;
}

bool is_order(const PassedRequest& passed) {
  return passed.request.kind == KeeperRequestKind::Start && passed.count >= parts_for_command(passed);
}

[[noreturn]] void wait_and_become_command(int orders, int failure) {
  ::close(kKeeperLine);  // it has to end with the keeper
  const auto passed = take_request(orders);
  if (!passed || !is_order(*passed)) std::_Exit(1);
  std::size_t next = 1;
  for (int stream = 0; stream < 3; ++stream) {
    if (((passed->request.streams >> stream) & 1U) != 0) ::dup2(passed->descriptors[next++], stream);
  }
  become_command(passed->descriptors[0], failure);
}

/// \return 1; 0 when there will be none; -1 when nobody is there who could take it.
int pass_on_order(int to) {
  const auto passed = take_request(kKeeperLine);
  if (!passed || !is_order(*passed)) return 0;
  const std::size_t count = parts_for_command(*passed);
  const bool taken = pass_request(to, passed->request, {passed->descriptors.data(), count});
  for (std::size_t i = 0; i < count; ++i) ::close(passed->descriptors[i]);
  return taken ? 1 : -1;
}

}  // namespace

pid_t start_when_ordered(int cgroup, int& failure) {
  int ends[2];
  int orders[2];
  if (::pipe2(ends, O_CLOEXEC) < 0 || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders) < 0) return -1;
  const pid_t pid = fork_into(cgroup);
  if (pid < 0) return -1;
  if (pid == 0) {
    ::close(orders[0]);
    wait_and_become_command(orders[1], ends[1]);
  }
  ::close(orders[1]);
  ::close(ends[1]);
  failure = ends[0];
  const int passed_on = pass_on_order(orders[0]);
  ::close(orders[0]);
  if (passed_on > 0) return pid;
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  errno = EAGAIN;
  return passed_on;
}

}  // namespace orchestrator
