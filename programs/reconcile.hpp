#pragma once

#include "orchestrator/config/config.hpp"
#include "programs/command_line.hpp"

namespace orchestrator {

/// Finishes what dead orchestrators left on all hosts, or on the one that was named, and says on stdout what it did; nothing
/// when there was nothing. \return the exit code: 0 when all is gone, 7 when that could not be confirmed.
/// \throws ConfigErrors for a host that is not configured, Error when the store cannot be used.
[[nodiscard]] int reconcile_hosts(const CommandLine& command, const Config& config, const LoadOptions& options);

}  // namespace orchestrator
