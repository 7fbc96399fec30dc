#include "programs/signals.hpp"

#include <csignal>
#include <optional>

#include <boost/asio/signal_set.hpp>

#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/signals_blocked.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;  // NOLINT
}

/// Signals from here on do nothing: an ending that has been decided is told in peace. They are blocked before their
/// handlers go, and ignored after, so there is no moment in which one of them could end the program.
class DeafAtTheEnd {
 public:
  explicit DeafAtTheEnd(const std::vector<int>& signals) : signals_(signals) {}
  ~DeafAtTheEnd() {
    const SignalsBlocked blocked;
    handlers_.reset();
    for (const int signal : signals_) ::signal(signal, SIG_IGN);  // NOLINT
  }
  DeafAtTheEnd(const DeafAtTheEnd&) = delete;
  DeafAtTheEnd& operator=(const DeafAtTheEnd&) = delete;

  [[nodiscard]] asio::signal_set& handle(asio::io_context& io) {
    handlers_.emplace(io);
    for (const int signal : signals_) handlers_->add(signal);
    return *handlers_;
  }

 private:
  const std::vector<int>& signals_;
  std::optional<asio::signal_set> handlers_;
};

}  // namespace

std::vector<int> ending_signals() {
  std::vector<int> signals{SIGTERM};
  for (const int signal : {SIGINT, SIGHUP}) {
    if (!is_ignored(signal)) signals.push_back(signal);
  }
  return signals;
}

std::optional<CancelLevel> SignalCount::take(int signal, TimePoint now) {
  if (first_ == 0) {
    first_ = signal;
    when_ = now;
    return CancelLevel::Stop;
  }
  if (signal == first_ && now - when_ < kOneSignal) return std::nullopt;
  return CancelLevel::Kill;
}

awaitable<void> watch_signals(std::vector<int> signals, CancelScope& scope) {
  Task& task = co_await current_task();
  DeafAtTheEnd deaf(signals);
  asio::signal_set& arrivals = deaf.handle(task.loop().io());
  SignalCount count;
  for (;;) {
    const auto [error, signal] = co_await arrivals.async_wait(use_task_tuple);
    if (error) continue;
    const std::optional<CancelLevel> level = count.take(signal, task.clock().now());
    if (!level) continue;
    CancelReason reason;
    reason.cause = CancelCause::Signal;
    reason.detail = "SIG" + signal_name(signal);
    reason.signal = signal;
    scope.cancel(std::move(reason), *level);
  }
}

}  // namespace orchestrator
