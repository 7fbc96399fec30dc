#pragma once

#include <optional>
#include <vector>

#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/cancel.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

/// The signals that end a run: SIGINT, SIGTERM, SIGHUP, but not SIGINT and SIGHUP where those were ignored when the program
/// started (nohup, or a job in the background of a shell script).
[[nodiscard]] std::vector<int> ending_signals();

/// What a signal means after those that came before: the first stops, the second kills.
///
/// timeout(1) sends its signal twice, to us and to our group: the same one within `kOneSignal` counts once.
class SignalCount {
 public:
  static constexpr Duration kOneSignal = std::chrono::milliseconds(100);

  /// None: the same signal again, to be ignored.
  [[nodiscard]] std::optional<CancelLevel> take(int signal, TimePoint now);

 private:
  int first_ = 0;
  TimePoint when_{};
};

/// Cancels `scope` with each signal that arrives, until cancelled itself. From the moment that it is entered these signals
/// do nothing else, and when it is left, nothing at all: the program is on its way out.
[[nodiscard]] awaitable<void> watch_signals(std::vector<int> signals, CancelScope& scope);

}  // namespace orchestrator
