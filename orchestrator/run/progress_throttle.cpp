#include "orchestrator/run/progress_throttle.hpp"

#include <utility>

namespace orchestrator {

ProgressThrottle::ProgressThrottle(Clock& clock, std::function<void(const Progress&)> pass_on)
    : clock_(clock), pass_on_(std::move(pass_on)) {}

void ProgressThrottle::report(Progress progress) {
  const bool alarm_set = waiting_.has_value();
  waiting_ = std::move(progress);
  if (alarm_set) return;
  if (!last_ || clock_.now() - *last_ >= kInterval) {
    flush();
  } else {
    alarm_ = clock_.call_at(*last_ + kInterval, [this] { flush(); });
  }
}

void ProgressThrottle::flush() {
  alarm_.reset();
  if (!waiting_) return;
  last_ = clock_.now();
  const Progress now = std::move(*waiting_);
  waiting_.reset();
  pass_on_(now);
}

}  // namespace orchestrator
