#include "systemd/service_notify.hpp"

#include <ctime>

#include <systemd/sd-daemon.h>

#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator {

namespace {

// What cannot be told is not told: the service manager has its own limits.
void notify(const std::string& text) { ::sd_notify(0, text.c_str()); }

// systemd wants to know which reload this is (Type=notify-reload).
std::string monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::to_string(std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
}

}  // namespace

ServiceNotify::ServiceNotify() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) > 0) watchdog_ = std::chrono::microseconds(microseconds);
}

void ServiceNotify::ready() { notify("READY=1"); }

void ServiceNotify::reloading() { notify("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds()); }

void ServiceNotify::stopping() { notify("STOPPING=1"); }

void ServiceNotify::cannot_start(const std::string& why) {
  status(std::string(kCannotStart) + why.substr(0, why.find('\n')));
}

void ServiceNotify::status(std::string text) {
  if (text == status_) return;
  status_ = std::move(text);
  notify("STATUS=" + status_);
}

void ServiceNotify::more_time(Duration how_much) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(how_much).count();
  notify("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds));
}

awaitable<void> ServiceNotify::keep_alive() {
  if (!watchdog_) co_return;
  for (;;) {
    notify("WATCHDOG=1");
    co_await sleep_for(*watchdog_ / 2);
  }
}

}  // namespace orchestrator
