#pragma once
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "orchestrator/process/command.hpp"
#include "orchestrator/process/launch.hpp"
#include "orchestrator/process/local_process.hpp"
#include "orchestrator/process/orphan_reaper.hpp"
#include "orchestrator/process/own_cgroup.hpp"

namespace orchestrator {

/// What this machine has for keeping commands; found once.
struct Containment {
  std::string keeper;  ///< the program
  OwnCgroup cgroup;
};

/// Starts a keeper and gives it the command; that is started in a moment, or refused.
/// \throws StartError; nothing runs then.
[[nodiscard]] std::unique_ptr<LocalProcess> start_keeper(asio::io_context& io, OrphanReaper& reaper,
                                                         Containment& containment, const Command& command,
                                                         const LaunchSpec& spec);

}  // namespace orchestrator
