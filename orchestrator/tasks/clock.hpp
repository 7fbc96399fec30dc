#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

class Clock;

/// A callback that waits for its time. Dropping the object takes it back; it never runs after that.
class Alarm {
 public:
  Alarm() = default;
  ~Alarm() { reset(); }
  Alarm(Alarm&& other) noexcept;
  Alarm& operator=(Alarm&& other) noexcept;

  void reset() noexcept;

 private:
  friend class Clock;
  using Entries = std::multimap<TimePoint, std::pair<std::function<void()>, Alarm*>>;
  Alarm(Clock& clock, Entries::iterator entry);

  Clock* clock_ = nullptr;
  Entries::iterator entry_{};
};

/// Time as the tasks of one loop see it, and what waits for it.
///
/// Threads: the loop's thread only.
class Clock {
 public:
  Clock() = default;
  virtual ~Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;

  [[nodiscard]] virtual TimePoint now() const = 0;

  /// Runs `callback` on the loop at `when`, or soon if that is over. It must not throw.
  [[nodiscard]] Alarm call_at(TimePoint when, std::function<void()> callback);

  [[nodiscard]] bool has_alarms() const { return !entries_.empty(); }

 protected:
  [[nodiscard]] TimePoint earliest() const { return entries_.begin()->first; }

  /// Runs every callback whose time has come, earliest first.
  void fire_due();

 private:
  friend class Alarm;
  /// The earliest alarm is another one than before.
  virtual void earliest_changed() {}

  Alarm::Entries entries_;
};

/// CLOCK_MONOTONIC, driven by one timer of the io_context: a loop without alarms never wakes up.
class SteadyClock final : public Clock {
 public:
  explicit SteadyClock(asio::io_context& io) : timer_(io) {}

  [[nodiscard]] TimePoint now() const override { return std::chrono::steady_clock::now(); }

 private:
  void earliest_changed() override;

  asio::steady_timer timer_;
};

}  // namespace orchestrator
