#pragma once
#include <vector>

#include <boost/asio/io_context.hpp>

#include "orchestrator/process/process.hpp"
#include "orchestrator/process/stop_ladder.hpp"
#include "orchestrator/process/trace.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Ends what is left on this machine of a command that is nobody's child any more: `Host::reap` for `LocalHost`.
///
/// Its processes are those with its cookie in an environment that we may read, and its group while the leader is the one
/// that the trace knows, by start time. They are held by pidfds from then on, so no signal reaches a number that
/// belongs to somebody else by now; never pid 1, this program, or one that it is a descendant of. A keeper of ours
/// that is the parent of one is waited for too, and not signalled: it ends its command by itself, and holds the locks.
[[nodiscard]] awaitable<std::vector<Leftover>> reap_here(asio::io_context& io, ProcessTrace trace, StopLadder ladder);

}  // namespace orchestrator
