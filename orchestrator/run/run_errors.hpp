#pragma once
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/run/phase.hpp"
#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// Lines of a failed command's stderr that a report shows.
inline constexpr std::size_t kErrorLines = 20;

/// What was thrown, as a report shows it: groups taken apart, a failed command with its details, the
/// remedy where there is one. Never empty.
[[nodiscard]] std::vector<RunError> run_errors(const std::exception_ptr& thrown, Phase phase,
                                               const std::string& item);

/// The same failure, whichever item had it.
[[nodiscard]] bool is_same_failure(const RunError& a, const RunError& b);

/// Every text of `error` through `mask`.
void mask_error(RunError& error, const std::function<std::string(std::string_view)>& mask);

}  // namespace orchestrator
