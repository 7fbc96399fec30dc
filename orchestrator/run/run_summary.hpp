#pragma once
#include <string>

#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// What the store keeps of a run that has ended, as a JSON object: state, exit code, reason, leftovers, guarantees.
[[nodiscard]] std::string run_summary(const RunResult& result, bool strict);

}  // namespace orchestrator
