#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// What `ServiceNotify::cannot_start` begins its line with.
inline constexpr std::string_view kCannotStart = "cannot start: ";

/// Tells the service manager how the daemon is, sd_notify(3). Without one ($NOTIFY_SOCKET is not set) nothing happens.
class ServiceNotify {
 public:
  ServiceNotify();

  /// Started, or done with reloading.
  void ready();
  void reloading();
  void stopping();
  /// In one line; it stays there for those who wanted the service to be started.
  void cannot_start(const std::string& why);
  /// One line for `systemctl status`; told when it is another one than before.
  void status(std::string text);
  /// Asks for so much more time, from now on, to start or to stop.
  void more_time(Duration how_much);

  /// How often the service manager wants to hear of us; none: it does not watch.
  [[nodiscard]] std::optional<Duration> watchdog() const noexcept { return watchdog_; }

  /// Says twice in each `watchdog()` that we are alive, until cancelled. It is a task of the loop like others, so a loop
  /// that is stuck falls silent.
  [[nodiscard]] awaitable<void> keep_alive();

 private:
  std::optional<Duration> watchdog_;
  std::string status_;
};

}  // namespace orchestrator
