#include "programs/keeper_family.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <unistd.h>
#include <utility>
#include <vector>

#include "orchestrator/process/process_tree.hpp"

namespace orchestrator {

namespace {

constexpr unsigned kKillsPerTree = 8;  // attempts, until the whole tree is looked through again
constexpr unsigned kReapEvery = 64;    // wake-ups, while the leader's zombie hides the others
constexpr int kStopRounds = 16;

std::vector<Descendant> children() {
  std::vector<Descendant> found;
  add_children_of(::getpid(), found);
  return found;
}

std::vector<Descendant> tree() {
  std::vector<Descendant> found = children();
  add_descendants(found);
  return found;
}

}  // namespace

void Family::sent(pid_t pid, int error) noexcept {
  if (error == EPERM && refused_ == 0) refused_ = pid;
}

void Family::signal(int number) {
  if (::kill(-leader_, number) < 0) sent(leader_, errno);
  ::kill(-leader_, SIGCONT);
  for (const Descendant& one : tree()) {
    if (one.pid == leader_ || ::getpgid(one.pid) == leader_) continue;
    sent(one.pid, signal_descendant(one, ::getpid(), number));
    (void)signal_descendant(one, ::getpid(), SIGCONT);
  }
}

void Family::kill() {
  cgroup_.kill_all();
  if (::kill(-leader_, SIGKILL) < 0) sent(leader_, errno);
  kill_children();
  if (kills_++ % kKillsPerTree == 0 && alive()) stop_and_kill_tree();
}

void Family::kill_children() {
  for (const Descendant& child : children()) {
    if (child.pid == leader_) continue;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
      ++reaped_;
    } else if (::kill(child.pid, SIGKILL) < 0) {
      sent(child.pid, errno);
    }
  }
}

/// What is stopped forks no more: so a tree that grows is brought to a standstill first.
void Family::stop_and_kill_tree() {
  std::vector<Descendant> known;
  std::size_t before = 0;
  for (int round = 0; round < kStopRounds; ++round) {
    known = tree();
    for (const Descendant& one : known) (void)signal_descendant(one, ::getpid(), SIGSTOP);
    if (round > 0 && known.size() <= before) break;
    before = known.size();
  }
  for (const Descendant& one : known) sent(one.pid, signal_descendant(one, ::getpid(), SIGKILL));
}

void Family::reap() {
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return;
    if (info.si_pid == leader_) break;
    if (::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG) == 0) ++reaped_;
  }
  // The kernel names the leader first, for ever.
  if (++reaps_behind_leader_ % kReapEvery == 0) reap_children();
}

void Family::reap_children() {
  for (const Descendant& child : children()) {
    if (child.pid == leader_) continue;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(child.pid), &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) ++reaped_;
  }
}

std::optional<siginfo_t> Family::leader_end() {
  if (leader_ended_) return std::nullopt;
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(leader_), &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) {
    return std::nullopt;
  }
  leader_ended_ = true;
  return info;
}

bool Family::alive() const noexcept {
  // Asked for stopped ones only, the kernel says ECHILD when all that could ever stop are dead.
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0;
}

std::uint32_t Family::reap_all() noexcept {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) ++reaped_;
  return reaped_;
}

std::optional<pid_t> Family::refused() {
  if (refused_ == 0 || std::exchange(refusal_told_, true)) return std::nullopt;
  return refused_;
}

}  // namespace orchestrator
