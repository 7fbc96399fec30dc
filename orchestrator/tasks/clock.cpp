#include "orchestrator/tasks/clock.hpp"

#include <utility>

namespace orchestrator {

Alarm::Alarm(Clock& clock, Entries::iterator entry) : clock_(&clock), entry_(entry) {
  entry_->second.second = this;
}

Alarm::Alarm(Alarm&& other) noexcept : clock_(std::exchange(other.clock_, nullptr)), entry_(other.entry_) {
  if (clock_) entry_->second.second = this;
}

Alarm& Alarm::operator=(Alarm&& other) noexcept {
  if (this == &other) return *this;
  reset();
  clock_ = std::exchange(other.clock_, nullptr);
  entry_ = other.entry_;
  if (clock_) entry_->second.second = this;
  return *this;
}

void Alarm::reset() noexcept {
  if (!clock_) return;
  Clock& clock = *std::exchange(clock_, nullptr);
  const bool was_earliest = entry_ == clock.entries_.begin();
  clock.entries_.erase(entry_);
  if (was_earliest) clock.earliest_changed();
}

Alarm Clock::call_at(TimePoint when, std::function<void()> callback) {
  const auto entry = entries_.emplace(when, std::pair{std::move(callback), nullptr});
  Alarm alarm(*this, entry);
  if (entry == entries_.begin()) earliest_changed();
  return alarm;
}

void Clock::fire_due() {
  // Callbacks add and drop alarms, so nothing is held across one.
  const TimePoint limit = now();
  while (has_alarms() && earliest() <= limit) {
    auto node = entries_.extract(entries_.begin());
    if (node.mapped().second) node.mapped().second->clock_ = nullptr;
    node.mapped().first();
  }
  earliest_changed();
}

void SteadyClock::earliest_changed() {
  if (!has_alarms()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(std::chrono::time_point_cast<std::chrono::steady_clock::duration>(earliest()));
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) fire_due();
  });
}

}  // namespace orchestrator
