#include "monitors/fill_rate.hpp"

#include <algorithm>

namespace orchestrator {

namespace {

/// Two looks nearer than this say nothing about a rate: file systems account for what is written in lumps.
constexpr std::chrono::duration<double> kTooNear = std::chrono::milliseconds(50);
/// So many looks before the headroom is used up.
constexpr double kLooksAhead = 3;

Duration as_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

void FillRate::take(std::uint64_t available, TimePoint now) {
  if (!at_) {
    at_ = now;
    available_ = available;
    return;
  }
  const std::chrono::duration<double> passed = now - *at_;
  if (passed < kTooNear) return;
  const double gone = static_cast<double>(available_) - static_cast<double>(available);
  const double now_rate = gone / passed.count();
  // A burst counts at once, a pause only by and by.
  rate_ = now_rate > 0 ? std::max(now_rate, (now_rate + rate_) / 2) : rate_ / 4;
  if (rate_ < 1) rate_ = 0;
  highest_ = std::max(highest_, now_rate);
  at_ = now;
  available_ = available;
}

std::optional<double> FillRate::seconds_to_use(std::uint64_t amount) const {
  if (rate_ <= 0) return std::nullopt;
  return static_cast<double>(amount) / rate_;
}

Duration FillRate::quiet_for(std::uint64_t headroom, Duration interval) const {
  const double most = std::chrono::duration<double>(interval).count();
  double quiet = std::min(most, static_cast<double>(headroom) / fastest_);
  const std::optional<double> left = seconds_to_use(headroom);
  if (left && *left < 2 * most) quiet = std::min(quiet, *left / kLooksAhead);
  return as_duration(quiet);
}

}  // namespace orchestrator
