#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/remote_shell_bridge.hpp"
#include "orchestrator/run/job_context.hpp"

namespace orchestrator {

/// One rsync that is to be run on this machine.
struct RsyncCall {
  std::vector<std::string> words;  ///< the whole command
  std::string remote;              ///< the host at the other end; empty: both are here
  std::function<void(std::string_view)> on_output{};
  bool log_errors = true;  ///< stderr of both ends goes to the run's log
};

/// How it ended.
struct RsyncEnd {
  ExitStatus status = Unknown{};
  std::string output;  ///< the last of stdout, unless `on_output` took it
  std::string errors;  ///< the last of what both ends said on stderr
  RemoteEnd remote;    ///< of the other end, where there is one
};

/// The program that a call with another host gives to rsync with -e. \throws Error
[[nodiscard]] std::string rsync_shell_program();

/// Runs rsync, and its other end through a bridge.
/// \throws what `Host::start` does, for this machine; what went wrong over there is in the result.
/// Cancellation: both ends are gone when `Cancelled` leaves, or have been reported as leftovers.
[[nodiscard]] awaitable<RsyncEnd> run_rsync(JobContext& context, RsyncCall call);

/// Leaves nothing of an rsync that did not succeed but the right exception, or a warning when only
/// files vanished. `command` is what people are told.
/// \throws CommandFailed, or why the other end could not be started.
void check_rsync_end(JobContext& context, const RsyncEnd& end, const std::string& remote,
                     const std::string& command);

}  // namespace orchestrator
