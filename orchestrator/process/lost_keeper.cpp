#include "orchestrator/process/lost_keeper.hpp"

#include <algorithm>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace orchestrator {

LostKeeper::LostKeeper(OrphanReaper& reaper, pid_t keeper, std::optional<pid_t> leader)
    : reaper_(reaper), leader_(leader) {
  const auto stat = process_stat(keeper);
  if (stat) since_ = stat->start_time;
}

std::optional<ExitStatus> LostKeeper::status() const {
  siginfo_t info{};
  // Where it is not ours, the keeper had reaped it already.
  if (!leader_ || ::waitid(P_PID, static_cast<id_t>(*leader_), &info, WEXITED | WNOHANG | WNOWAIT) < 0) return Unknown{};
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return Exited{info.si_status};
  return Signalled{signal_name(info.si_status), info.si_code == CLD_DUMPED};
}

bool LostKeeper::is_ours(const Descendant& child) const {
  if (leader_ && child.pid == *leader_) return true;
  if (reaper_.owns(child.pid)) return false;
  const auto stat = process_stat(child.pid);
  return stat && stat->start_time >= since_;
}

std::vector<Descendant> LostKeeper::tree() const {
  std::vector<Descendant> all;
  add_children_of(::getpid(), all);
  std::erase_if(all, [this](const Descendant& child) { return !is_ours(child); });
  add_descendants(all);
  return all;
}

bool LostKeeper::alive() const {
  const std::vector<Descendant> all = tree();
  return std::any_of(all.begin(), all.end(), [](const Descendant& one) {
    const auto stat = process_stat(one.pid);
    return stat && stat->alive();
  });
}

void LostKeeper::signal(int number) const {
  // The leader's number is pinned while it is a child of ours.
  siginfo_t info{};
  const bool pinned =
      leader_ && ::waitid(P_PID, static_cast<id_t>(*leader_), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  if (pinned) {
    ::kill(-*leader_, number);
    ::kill(-*leader_, SIGCONT);
  }
  for (const Descendant& one : tree()) {
    if (pinned && ::getpgid(one.pid) == *leader_) continue;
    (void)signal_descendant(one, ::getpid(), number);
    (void)signal_descendant(one, ::getpid(), SIGCONT);
  }
}

void LostKeeper::kill() const { signal(SIGKILL); }

}  // namespace orchestrator
