#include "orchestrator/process/lost_keeper.hpp"

#include <csignal>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/process/orphan_reaper.hpp"

namespace orchestrator {

namespace {

constexpr int kMostLooks = 64;

}  // namespace

LostKeeper::LostKeeper(pid_t keeper, std::optional<pid_t> leader) : leader_(leader) {
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
  if (OrphanReaper::is_ours(child.pid)) return false;
  const auto stat = process_stat(child.pid);
  return stat && stat->start_time >= since_;
}

std::vector<Descendant> LostKeeper::children() const {
  std::vector<Descendant> all;
  add_children_of(::getpid(), all);
  std::erase_if(all, [this](const Descendant& child) { return !is_ours(child); });
  return all;
}

std::vector<Descendant> LostKeeper::tree() const {
  std::vector<Descendant> all = children();
  add_descendants(all);
  return all;
}

bool LostKeeper::alive() const {
  // Whoever ends hands its children to us, at the end of our list, perhaps when we have read it already. So nobody
  // is left only when the whole list was seen dead before it was read.
  std::set<pid_t> dead;
  for (int look = 0; look < kMostLooks; ++look) {
    const std::size_t known = dead.size();
    for (const Descendant& child : children()) {
      if (dead.contains(child.pid)) continue;
      const auto stat = process_stat(child.pid);
      if (!stat) continue;
      if (stat->alive()) return true;
      dead.insert(child.pid);
    }
    if (dead.size() == known) return false;
  }
  return true;  // they end as fast as we look
}

bool LostKeeper::pins_group() const {
  siginfo_t info{};
  return leader_ && ::waitid(P_PID, static_cast<id_t>(*leader_), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void LostKeeper::signal(int number) const {
  const bool pinned = pins_group();
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

void LostKeeper::kill() const {
  kill_children();
  signal(SIGKILL);
}

/// The newest first: who forks and ends at once is at the end of the list, and not for long.
void LostKeeper::kill_children() const {
  const std::vector<Descendant> all = children();
  for (auto child = all.rbegin(); child != all.rend(); ++child) {
    siginfo_t info{};
    ::kill(child->pid, SIGKILL);
    if (child->pid != leader_) ::waitid(P_PID, static_cast<id_t>(child->pid), &info, WEXITED | WNOHANG);
  }
}

}  // namespace orchestrator
