#pragma once
#include <cstdint>
#include <optional>

#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// How fast something runs out, judged by the last looks at it.
class FillRate {
 public:
  /// \param fastest so much per second may go without having been seen before.
  explicit FillRate(double fastest) : fastest_(fastest) {}

  void take(std::uint64_t available, TimePoint now);

  /// Per second; 0 when it does not run out.
  [[nodiscard]] double rate() const noexcept { return rate_; }
  [[nodiscard]] double highest() const noexcept { return highest_; }

  /// Seconds until nothing of `amount` is left; none when it does not run out.
  [[nodiscard]] std::optional<double> seconds_to_use(std::uint64_t amount) const;

  /// How long nobody needs to look when `headroom` may still go: at most `interval`, but long before the headroom
  /// is used up, at the rate that was seen or at the fastest one.
  [[nodiscard]] Duration quiet_for(std::uint64_t headroom, Duration interval) const;

 private:
  double fastest_;
  double rate_ = 0;
  double highest_ = 0;
  std::uint64_t available_ = 0;
  std::optional<TimePoint> at_;
};

}  // namespace orchestrator
