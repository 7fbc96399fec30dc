#pragma once
#include <memory>
#include <set>
#include <sys/types.h>

#include <boost/asio/io_context.hpp>

#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// Makes this program the subreaper of all that it starts: descendants that lose their parent become our children
/// and not those of pid 1, so that we hear of their end and take their zombies away.
///
/// It reaps every child of this program that is not owned, so nobody else may fork and wait while it has any
/// to look after. Threads: the loop's thread only.
class OrphanReaper {
 public:
  explicit OrphanReaper(asio::io_context& io);
  ~OrphanReaper();
  OrphanReaper(const OrphanReaper&) = delete;
  OrphanReaper& operator=(const OrphanReaper&) = delete;

  /// From `own` to `release` the child `pid` is left to its owner. SIGCHLD is only listened to meanwhile, or the
  /// io_context would never run out of work.
  void own(pid_t pid);
  void release(pid_t pid);

  /// A child that is no orphan although nobody waits for it; once it is dead it is reaped like one.
  static void spare(pid_t pid);
  static void spare_no_longer(pid_t pid) noexcept;

  /// Whether a child is owned here or in another reaper of this program, or is spared.
  [[nodiscard]] static bool is_ours(pid_t pid) noexcept;

  /// Woken whenever children have ended, adopted ones too.
  [[nodiscard]] WaitQueue& child_ended() noexcept { return child_ended_; }

 private:
  struct Signals;

  void begin_listening();
  void listen();
  void sweep();

  std::shared_ptr<Signals> signals_;
  std::multiset<pid_t> owned_;  // a number may be given again before it is released
  WaitQueue child_ended_;
};

}  // namespace orchestrator
