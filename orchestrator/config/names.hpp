#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// Whether `name` may name a job or a host: [a-z0-9][a-z0-9_.-]{0,63}.
[[nodiscard]] bool is_valid_name(std::string_view name) noexcept;

/// Whether `name` may name an environment variable that a shell can set: letters, digits and "_", no digit first.
[[nodiscard]] bool is_variable_name(std::string_view name) noexcept;

/// The one among `known` that `name` was probably meant to be; none when all are far away.
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view name,
                                                      const std::vector<std::string>& known);

/// ", did you mean 'source'?" or "".
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& known);

}  // namespace orchestrator
