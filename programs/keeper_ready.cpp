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

void take_streams(const PassedRequest& passed) {
  std::size_t next = 1;
  for (int stream = 0; stream < 3; ++stream) {
    if (((passed.request.streams >> stream) & 1U) != 0) ::dup2(passed.descriptors[next++], stream);
  }
}

/// They were blocked while there was no command: what somebody sent then to everything in the unit, say, is not for it.
void forget_signals() {
  for (int number = 1; number < NSIG; ++number) {
    ::signal(number, SIG_IGN);
    ::signal(number, SIG_DFL);
  }
}

[[noreturn]] void wait_and_become_command(int orders, int failure) {
  ::close(kKeeperLine);  // it has to end with the keeper
  const auto passed = take_request(orders);
  if (!passed || !is_order(*passed)) refuse_command(not_started(LaunchStage::Streams, EMFILE), failure);
  take_streams(*passed);
  forget_signals();
  become_command(passed->descriptors[0], failure);
}

/// The process that will be the command.
struct Waiting {
  pid_t pid = -1;
  int orders = -1;
  int failure = -1;
};

/// \return without a pid when there can be none: errno says why.
Waiting start_waiting(int cgroup) {
  Waiting waiting;
  int ends[2];
  int orders[2];
  if (::pipe2(ends, O_CLOEXEC) < 0 || ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders) < 0) return waiting;
  waiting = {fork_into(cgroup), orders[0], ends[0]};
  if (waiting.pid < 0) return waiting;
  if (waiting.pid == 0) {
    ::close(orders[0]);
    wait_and_become_command(orders[1], ends[1]);
  }
  ::close(orders[1]);
  ::close(ends[1]);
  return waiting;
}

void end(const Waiting& waiting) {
  ::kill(waiting.pid, SIGKILL);
  while (::waitpid(waiting.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::close(waiting.failure);
}

bool pass_on(const Waiting& waiting, const PassedRequest& passed) {
  const bool taken = pass_request(waiting.orders, passed.request, {passed.descriptors.data(), parts_for_command(passed)});
  ::close(waiting.orders);
  if (taken) ::kill(waiting.pid, SIGCONT);  // somebody may have stopped it
  return taken;
}

}  // namespace

pid_t start_when_ordered(int cgroup, int& failure) {
  const Waiting waiting = start_waiting(cgroup);
  if (waiting.pid < 0) return -1;
  const auto passed = take_request(kKeeperLine);
  if (!passed || !is_order(*passed)) {
    end(waiting);
    return 0;
  }
  pid_t leader = waiting.pid;
  failure = waiting.failure;
  if (!pass_on(waiting, *passed)) {
    end(waiting);  // somebody has killed it
    take_streams(*passed);
    leader = start_command(passed->descriptors[0], cgroup, failure);
  }
  for (std::size_t i = 0; i < parts_for_command(*passed); ++i) ::close(passed->descriptors[i]);
  return leader;
}

}  // namespace orchestrator
