#pragma once
#include <string>
#include <string_view>

#include <vector>

#include "monitors/quota.hpp"
#include "monitors/space_reading.hpp"

namespace orchestrator {

/// What the helper for a local mount says.
struct HelperAnswer {
  SpaceReading space{};
  std::vector<Quota> quotas{};  ///< those with a limit, without names; not applied yet
};

/// Reads "space DEVICE USABLE AVAILABLE INODES AVAILABLE READ_ONLY", with "user ID LIMIT USED INODES USED" and the same of
/// "group" after it where there is a quota, or "error ERRNO". \throws Error for a failure, and for anything else.
[[nodiscard]] HelperAnswer parse_helper_answer(std::string_view line);

/// What `df -Pk` and `df -Pi` say of one path, the second one maybe nothing.
struct DfAnswer {
  SpaceReading space{};
  std::string mount_point{};
};

/// \throws Error for anything else.
[[nodiscard]] DfAnswer parse_df_answer(std::string_view blocks, std::string_view inodes);

}  // namespace orchestrator
