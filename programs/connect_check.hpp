#pragma once

#include "orchestrator/config/config.hpp"

namespace orchestrator {

/// `--check --connect`: logs in on every configured host, runs nothing that changes anything there, and shows one
/// paragraph per host: user, guarantee and why, what is missing. \return the exit code: 0, or 1 when a host fails.
[[nodiscard]] int check_connections(const Config& config, const LoadOptions& options);

}  // namespace orchestrator
