#pragma once
#include <memory>

#include <boost/asio/io_context.hpp>

#include "orchestrator/process/command.hpp"
#include "orchestrator/process/launch_keeper.hpp"
#include "orchestrator/process/local_process.hpp"
#include "orchestrator/process/orphan_reaper.hpp"

namespace orchestrator {

/// Gives the command to a keeper, one that stands by or a new one; it is started in a moment, or refused.
/// \throws StartError; nothing runs then.
[[nodiscard]] std::unique_ptr<LocalProcess> start_keeper(asio::io_context& io, OrphanReaper& reaper,
                                                         Containment& containment, const Command& command,
                                                         const LaunchSpec& spec);

}  // namespace orchestrator
