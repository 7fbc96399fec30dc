#pragma once
#include <optional>
#include <string>

#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// What the store keeps of a run that has ended, as a JSON object: state, exit code, reason, leftovers, disks, guarantees.
[[nodiscard]] std::string run_summary(const RunResult& result, bool strict);

/// The exit code in a summary; none when it has none.
[[nodiscard]] std::optional<int> summary_exit_code(const std::string& summary);

}  // namespace orchestrator
