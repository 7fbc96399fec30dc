#pragma once
#include <sys/types.h>
#include <vector>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/exit_status.hpp"

namespace orchestrator {

/// A process group of this machine, by its id. The id must be pinned by a zombie or a living member while it is used.
class ProcessGroup {
 public:
  explicit ProcessGroup(pid_t id) noexcept : id_(id) {}

  [[nodiscard]] pid_t id() const noexcept { return id_; }

  /// To every member. \return false when there is one that we may not signal, and none that we may.
  bool signal(int number) const noexcept;

  /// A child of ours in the group lives. Being subreaper, we have every member for a child whose parent is
  /// dead: so after the leader's end this is false only when all that it started has ended (or left the
  /// group). Costs one system call.
  [[nodiscard]] bool has_living_child() const noexcept;

  /// Takes away the zombies of the group that are our children; the leader must be reaped.
  void reap_zombies() const noexcept;

  /// No process is in it any more, not even a zombie.
  [[nodiscard]] bool empty() const noexcept;

  /// The members that live (zombies do not), whoever's children they are. Walks /proc.
  /// \throws std::system_error when that cannot be found out: no descriptors are left, or there is no /proc.
  [[nodiscard]] std::vector<Descriptor> living_members() const;

 private:
  pid_t id_;
};

}  // namespace orchestrator
