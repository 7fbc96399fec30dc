#pragma once
#include <string>
#include <string_view>

#include "monitors/space_reading.hpp"

namespace orchestrator {

/// What the helper for a local mount says: "space DEVICE USABLE AVAILABLE INODES AVAILABLE READ_ONLY", or
/// "error ERRNO". \throws Error for a failure, and for anything else.
[[nodiscard]] SpaceReading parse_helper_answer(std::string_view line);

/// What `df -Pk` and `df -Pi` say of one path, the second one maybe nothing. \throws Error for anything else.
[[nodiscard]] SpaceReading parse_df_answer(std::string_view blocks, std::string_view inodes);

}  // namespace orchestrator
