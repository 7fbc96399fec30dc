#pragma once
#include <cstdint>
#include <optional>
#include <sys/types.h>
#include <sys/wait.h>

#include "programs/keeper_cgroup.hpp"

namespace orchestrator {

/// The command and all that descends from it. This process is their subreaper: whoever loses its parent becomes
/// a child of ours, so nothing is left exactly when we have no children.
class Family {
 public:
  /// The leader is not reaped before everything is gone: its zombie pins the id of its group.
  Family(pid_t leader, const CommandCgroup& cgroup) noexcept : leader_(leader), cgroup_(cgroup) {}

  /// To the group, and to each one that has left it; CONT after it, so that a stopped one hears it.
  void signal(int number);

  /// One attempt at everything that lives. Call it again after each SIGCHLD: whoever was missed is a child of ours
  /// once its parent is dead, and that death is what SIGCHLD tells.
  void kill();

  /// Takes away zombies, never the leader's.
  void reap();

  /// How the leader ended, once.
  [[nodiscard]] std::optional<siginfo_t> leader_end();

  [[nodiscard]] bool alive() const noexcept;
  /// Everything is dead: takes the zombies away. \return how many there were in all.
  std::uint32_t reap_all() noexcept;

  /// The first one that we were not allowed to signal, once.
  [[nodiscard]] std::optional<pid_t> refused();

 private:
  void sent(pid_t pid, int error) noexcept;
  void kill_children();
  void stop_and_kill_tree();
  void reap_children();

  pid_t leader_;
  const CommandCgroup& cgroup_;
  bool leader_ended_ = false;
  unsigned kills_ = 0;
  unsigned reaps_behind_leader_ = 0;
  std::uint32_t reaped_ = 0;
  pid_t refused_ = 0;
  bool refusal_told_ = false;
};

}  // namespace orchestrator
