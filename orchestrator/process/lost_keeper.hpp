#pragma once
#include <optional>
#include <sys/types.h>
#include <vector>

#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/process/process_tree.hpp"

namespace orchestrator {

/// What a keeper has left to us that was killed: being a subreaper, we are the parent of its children now.
///
/// Which of our children these are nobody can say for certain: all count that are nobody else's (`OrphanReaper::is_ours`) and
/// not older than the keeper. Nothing but keepers is ever started here.
class LostKeeper {
 public:
  /// \param keeper dead and not reaped yet.
  /// \param leader of the command's group, owned in a reaper; none when the keeper died before it told.
  LostKeeper(pid_t keeper, std::optional<pid_t> leader);

  /// How the command's main process ended; none while it runs.
  [[nodiscard]] std::optional<ExitStatus> status() const;

  [[nodiscard]] bool alive() const;
  /// To the group, and to all that has left it; CONT after it.
  void signal(int number) const;
  /// Once more to everything that lives. Whoever escapes is a child of ours when its parent is dead.
  void kill() const;
  /// All of it, dead ones too.
  [[nodiscard]] std::vector<Descendant> tree() const;

 private:
  [[nodiscard]] bool is_ours(const Descendant& child) const;
  /// Those that have become children of ours, dead ones too. Everything else of the tree is below a living one.
  [[nodiscard]] std::vector<Descendant> children() const;
  void kill_children() const;
  /// The leader's number, and so its group's, cannot be anybody else's while it is a child of ours.
  [[nodiscard]] bool pins_group() const;

  std::optional<pid_t> leader_;
  std::uint64_t since_ = 0;
};

}  // namespace orchestrator
