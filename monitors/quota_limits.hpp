#pragma once
#include <cstdint>
#include <ctime>

namespace orchestrator {

/// Of blocks or of inodes, in whatever unit. The helper for local mounts has it too: it links nothing.
struct QuotaLimits {
  std::uint64_t used = 0;
  std::uint64_t soft = 0;       ///< 0: none
  std::uint64_t hard = 0;       ///< 0: none
  std::uint64_t grace_end = 0;  ///< of the soft one, in seconds since the epoch; 0: it has not begun
};

/// A soft limit may be exceeded, until its grace period is over. \return 0: none
[[nodiscard]] constexpr std::uint64_t limit_now(const QuotaLimits& limits, std::time_t now) {
  const bool over = limits.soft > 0 && limits.used > limits.soft && limits.grace_end > 0 &&
                    limits.grace_end <= static_cast<std::uint64_t>(now);
  return over ? limits.soft : limits.hard;
}

}  // namespace orchestrator
