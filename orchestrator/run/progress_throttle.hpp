#pragma once
#include <functional>
#include <optional>

#include "orchestrator/run/job_context.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// Passes progress on at most every `kInterval`; what came in between is replaced by what came last,
/// which always arrives.
class ProgressThrottle {
 public:
  static constexpr Duration kInterval = std::chrono::milliseconds(100);

  /// \param clock outlives this.
  ProgressThrottle(Clock& clock, std::function<void(const Progress&)> pass_on);

  void report(Progress progress);
  /// Passes on at once what waits, if anything does.
  void flush();

 private:
  Clock& clock_;
  std::function<void(const Progress&)> pass_on_;
  std::optional<Progress> waiting_;
  std::optional<TimePoint> last_;
  Alarm alarm_;
};

}  // namespace orchestrator
