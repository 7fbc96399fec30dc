#pragma once
#include <optional>
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/process/keeper_protocol.hpp"
#include "orchestrator/process/launch.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Both ends of a new control socket, closed on exec.
struct KeeperLineEnds {
  Descriptor ours;
  Descriptor keepers;
};

/// None when there are no descriptors left: errno says which kind of none.
[[nodiscard]] std::optional<KeeperLineEnds> make_keeper_line() noexcept;

/// Our end of the line to a keeper, and what it has told. Closing it is the order to kill everything.
class KeeperLine {
 public:
  KeeperLine(asio::io_context& io, Descriptor end) : socket_(io, end.release()) {}

  /// What has been heard by now: `hear` and `wait` hear more, these never do, so that nothing comes between the parts of a
  /// condition.
  [[nodiscard]] const std::optional<pid_t>& leader() const noexcept { return leader_; }
  [[nodiscard]] const std::optional<LaunchFailure>& failure() const noexcept { return failure_; }
  [[nodiscard]] const std::optional<ExitStatus>& status() const noexcept { return status_; }
  /// There is one that may not be signalled.
  [[nodiscard]] bool refused() const noexcept { return refused_; }
  /// The keeper has seen that nothing is left, or that nothing could be started.
  [[nodiscard]] bool gone() const noexcept { return gone_; }
  /// The keeper was killed: what it kept is ours now.
  [[nodiscard]] bool lost() const noexcept { return ended_ && !gone_; }

  /// Takes what has arrived, and wakes those who wait. Never waits.
  void hear();

  /// Waits until something has been heard, by whomever. Several may wait.
  [[nodiscard]] awaitable<void> wait();

  /// Never waits; says nothing where nobody listens.
  void send(KeeperRequest request) noexcept;

  void close() noexcept;

 private:
  void take(const KeeperReport& report);

  asio::posix::stream_descriptor socket_;
  std::optional<pid_t> leader_;
  std::optional<LaunchFailure> failure_;
  std::optional<ExitStatus> status_;
  bool refused_ = false;
  bool gone_ = false;
  bool ended_ = false;
};

}  // namespace orchestrator
