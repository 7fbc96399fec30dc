#include "systemd/activation.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <poll.h>
#include <string>
#include <unistd.h>

#include "systemd/bus_client.hpp"
#include "systemd/manager_object.hpp"
#include "systemd/sdbus.hpp"
#include "systemd/service_notify.hpp"
#include "systemd/systemd_names.hpp"

namespace orchestrator {

namespace {

constexpr const char* kBus = "org.freedesktop.DBus";
constexpr const char* kUnitPath = "/org/freedesktop/systemd1/unit/orchestratord_2eservice";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

/// Within this time an attempt can be seen, if there is one.
constexpr std::chrono::seconds kTimeToTry{2};

using Changes = std::map<std::string, sdbus::Variant>;

/// One attempt, from the outside.
class Activation {
 public:
  Activation(sdbus::IConnection& connection, BusKind kind)
      : connection_(connection),
        may_start_units_(kind == BusKind::User || ::geteuid() == 0),
        bus_(sdbus::createProxy(connection, bus::BusName(kBus), sdbus::ObjectPath("/org/freedesktop/DBus"))),
        systemd_(sdbus::createProxy(connection, bus::BusName(systemd1::kName), sdbus::ObjectPath(systemd1::kPath))),
        unit_(sdbus::createProxy(connection, bus::BusName(systemd1::kName), sdbus::ObjectPath(kUnitPath))) {}

  [[nodiscard]] bool is_there() {
    bool there = false;
    bus_->callMethod("NameHasOwner").onInterface(kBus).withArguments(std::string(kBusName)).storeResultsTo(there);
    return there;
  }

  /// \throws sdbus::Error when there is no systemd that would tell us anything.
  void listen() {
    unit_->uponSignal("PropertiesChanged")
        .onInterface(kProperties)
        .call([this](const std::string&, const Changes& changes, const std::vector<std::string>&) { hear(changes); });
    bus::begin_hearing(*unit_);
    systemd_->callMethod("Subscribe").onInterface(systemd1::kManager);
  }

  void start() {
    if (may_start_units_) {
      ask_systemd();
    } else {
      ask_bus();
    }
    const auto soon = std::chrono::steady_clock::now() + kTimeToTry;
    while (!over_) {
      if (bus::process_one(connection_)) continue;
      wait(soon);
      if (!tried_ && !over_ && std::chrono::steady_clock::now() >= soon) look_at_last_try();
    }
  }

  /// What is known of the end of the attempt.
  [[nodiscard]] std::string explain() {
    const std::string said = property(systemd1::kService, "StatusText");
    if (said.starts_with(kCannotStart)) return said.substr(kCannotStart.size());
    const std::string result = property(systemd1::kService, "Result");
    return "orchestratord.service has failed" + (result.empty() ? "" : " with result '" + result + "'");
  }

  [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  /// Whether that was before we asked.
  [[nodiscard]] bool was_before() const noexcept { return !tried_; }

 private:
  void ask_systemd() {
    sdbus::ObjectPath job;
    systemd_->callMethod("StartUnit")
        .onInterface(systemd1::kManager)
        .withArguments(std::string("orchestratord.service"), std::string("replace"))
        .storeResultsTo(job);
  }

  /// May everybody; but a bus that still waits for another attempt asks systemd for none.
  void ask_bus() {
    bus_->callMethodAsync("StartServiceByName")
        .onInterface(kBus)
        .withArguments(std::string(kBusName), std::uint32_t{0})
        .uponReplyInvoke([this](bus::MaybeError, const std::uint32_t&) { over_ = true; });
  }

  void look_at_last_try() {
    const std::string state = property(systemd1::kUnit, "ActiveState");
    failed_ = state == "failed";
    tried_ = !failed_;
    over_ = failed_ || (may_start_units_ && state != "activating");  // else the bus will answer
  }

  void hear(const Changes& changes) {
    const auto state = changes.find("ActiveState");
    const auto job = changes.find("Job");
    if (state == changes.end() || job == changes.end()) return;
    // A restart goes through "inactive" too, but has a job then. And what is over may be told once more before it is tried.
    const bool has_job = std::get<0>(job->second.get<sdbus::Struct<std::uint32_t, sdbus::ObjectPath>>()) != 0;
    const auto text = state->second.get<std::string>();
    const bool is_down = !has_job && (text == "failed" || text == "inactive");
    if (!is_down) tried_ = true;
    if (is_down && tried_) failed_ = true;
    if (failed_ || (!has_job && text == "active")) over_ = true;
  }

  void wait(std::chrono::steady_clock::time_point soon) {
    const auto data = connection_.getEventLoopPollData();
    pollfd ready[2] = {{data.fd, data.events, 0}, {bus::wake_descriptor(data), POLLIN, 0}};
    int limit = data.getPollTimeout();
    if (!tried_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(soon - std::chrono::steady_clock::now()).count();
      const int until_soon = static_cast<int>(std::max<std::int64_t>(left, 0));
      limit = limit < 0 ? until_soon : std::min(limit, until_soon);
    }
    while (::poll(ready, 2, limit) < 0 && errno == EINTR) {
    }
  }

  [[nodiscard]] std::string property(const std::string& interface, const std::string& name) {
    try {
      sdbus::Variant value;
      unit_->callMethod("Get")
          .onInterface(kProperties)
          .withArguments(interface, name)
          .storeResultsTo(value);
      return value.get<std::string>();
    } catch (const sdbus::Error&) {
      return {};
    }
  }

  sdbus::IConnection& connection_;
  bool may_start_units_;
  std::unique_ptr<sdbus::IProxy> bus_;
  std::unique_ptr<sdbus::IProxy> systemd_;
  std::unique_ptr<sdbus::IProxy> unit_;
  bool over_ = false;
  bool tried_ = false;
  bool failed_ = false;
};

}  // namespace

void start_daemon_if_absent(sdbus::IConnection& connection, BusKind kind) {
  Activation activation(connection, kind);
  try {
    if (activation.is_there()) return;
    activation.listen();
    activation.start();
  } catch (const sdbus::Error&) {
    return;  // the call that comes next finds out the same, and says so
  }
  if (!activation.has_failed()) return;
  const std::string user = kind == BusKind::User ? " --user" : "";
  std::string remedy = "see 'journalctl" + user + " -u orchestratord'";
  if (activation.was_before()) {
    remedy += "; the bus tries it again only after half a minute, 'systemctl" + user + " start orchestratord' does at once";
  }
  throw NoDaemon("org.freedesktop.systemd1.Failed", "the daemon does not start: " + activation.explain(), remedy);
}

}  // namespace orchestrator
