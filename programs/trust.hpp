#pragma once

#include "orchestrator/config/config.hpp"
#include "programs/command_line.hpp"

namespace orchestrator {

/// Shows the keys of a host of the configuration, on stdout; with a fingerprint, adds the one that has it to the host's file
/// of known hosts. Never asks. \return the exit code.
/// \throws Error when the host cannot be reached or shows no such key, ConfigErrors for a host that is not configured.
[[nodiscard]] int trust_host(const CommandLine& command, const Config& config);

}  // namespace orchestrator
