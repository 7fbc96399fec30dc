#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace orchestrator {

/// The parts of a line between its blanks and tabs. They are views of it.
[[nodiscard]] std::vector<std::string_view> fields_of(std::string_view line);

/// Without their ends; what follows the last one is a line where it is not empty. They are views of it.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

/// The decimal number that all of `field` is; nothing for anything else, a sign or too large a number among it.
[[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view field);

}  // namespace orchestrator
