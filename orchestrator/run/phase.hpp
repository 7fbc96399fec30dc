#pragma once
#include <cstdint>
#include <string_view>

namespace orchestrator {

/// The phases of a run, in their order.
enum class Phase : std::uint8_t { Validate, PreSync, Sync, PostSync };
[[nodiscard]] std::string_view to_string(Phase phase) noexcept;

}  // namespace orchestrator
