#include "orchestrator/process/ready_keeper.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "orchestrator/process/orphan_reaper.hpp"
#include "orchestrator/process/passed_descriptors.hpp"

namespace orchestrator {

namespace {

/// It ends in a millisecond, or when its child has entered the cgroup.
constexpr int kDismissLimit = 1000;  // milliseconds

/// Somebody may have stopped it.
void wake(const KeeperHandle& keeper) noexcept { ::syscall(SYS_pidfd_send_signal, keeper.process.pidfd.get(), SIGCONT, nullptr, 0); }

/// In vain where it lives, or the orphan reaper was first. What it had made is nobody's now if it was killed.
void reap(const KeeperHandle& keeper) noexcept {
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(keeper.process.pidfd.get()), &info, WEXITED | WNOHANG);
  if (!keeper.cgroup.empty()) remove_cgroup(keeper.cgroups, keeper.cgroup);
}

std::optional<KeeperHandle> take_ready(Containment& containment) noexcept {
  std::optional<KeeperHandle> keeper = std::exchange(containment.ready, std::nullopt);
  if (!keeper) return keeper;
  OrphanReaper::spare_no_longer(keeper->process.pid);
  wake(*keeper);
  return keeper;
}

}  // namespace

bool may_clone_into_cgroup() noexcept {
  // Whoever lets us say it finds that there are no arguments.
  return ::syscall(SYS_clone3, nullptr, 0) < 0 && errno == EINVAL;
}

void keep_ready(Containment& containment) {
  if (!containment.keep_ready || containment.ready) return;
  auto outcome = launch_keeper(containment, KeeperGifts());
  auto* keeper = std::get_if<KeeperHandle>(&outcome);
  if (!keeper) return;
  OrphanReaper::spare(keeper->process.pid);
  containment.ready = std::move(*keeper);
}

std::optional<KeeperHandle> give_to_ready(Containment& containment, const KeeperGifts& gifts) {
  std::optional<KeeperHandle> keeper = take_ready(containment);
  if (!keeper) return std::nullopt;
  KeeperRequest request;
  request.kind = KeeperRequestKind::Start;
  std::vector<int> passed{gifts.order};
  for (std::size_t stream = 0; stream < gifts.streams.size(); ++stream) {
    if (gifts.streams[stream] < 0) continue;
    request.streams |= 1U << stream;
    passed.push_back(gifts.streams[stream]);
  }
  passed.insert(passed.end(), gifts.locks.begin(), gifts.locks.end());
  if (pass_request(keeper->line.get(), request, passed)) return keeper;
  // Somebody has killed it, or the locks are too many.
  reap(*keeper);
  return std::nullopt;
}

void dismiss_ready(Containment& containment) noexcept {
  std::optional<KeeperHandle> keeper = take_ready(containment);
  if (!keeper) return;
  keeper->line.reset();
  pollfd end{keeper->process.pidfd.get(), POLLIN, 0};
  while (::poll(&end, 1, kDismissLimit) < 0 && errno == EINTR) {
  }
  reap(*keeper);
}

}  // namespace orchestrator
