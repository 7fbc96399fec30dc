#include "systemd/logind.hpp"

#include "orchestrator/tasks/run_blocking.hpp"
#include "systemd/bus_call.hpp"

namespace orchestrator {

namespace {

constexpr const char* kName = "org.freedesktop.login1";
constexpr const char* kPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";

constexpr BusMethod kInhibit{kName, kPath, kManager, "Inhibit"};
constexpr BusMethod kGet{kName, kPath, "org.freedesktop.DBus.Properties", "Get"};

constexpr std::chrono::microseconds kUsualDelay = std::chrono::seconds(5);  // logind.conf(5): InhibitDelayMaxSec=

/// The errors of a bus where nobody has the name, and nobody could be started who would take it.
bool says_that_nobody_is_there(const sdbus::Error& error) {
  const std::string name(error.getName());
  return name == "org.freedesktop.DBus.Error.ServiceUnknown" || name == "org.freedesktop.DBus.Error.NameHasNoOwner" ||
         name == "org.freedesktop.DBus.Error.NoReply" || name == "org.freedesktop.systemd1.NoSuchUnit" ||
         name == "org.freedesktop.systemd1.UnitMasked" || name.starts_with("org.freedesktop.DBus.Error.Spawn.");
}

}  // namespace

struct Logind::Parts {
  /// Blocks: the bus answers each of the two requests for a signal.
  Parts(Loop& loop, Handler handler) : on_plans(std::move(handler)), bus(loop, open_bus(BusKind::System)) {
    proxy = sdbus::createProxy(bus.sdbus(), bus::BusName(kName), sdbus::ObjectPath(kPath));
    proxy->uponSignal("PrepareForSleep").onInterface(kManager).call([this](bool begins) {
      plans.sleep = begins;
      on_plans(plans);
    });
    proxy->uponSignal("PrepareForShutdown").onInterface(kManager).call([this](bool begins) {
      plans.shutdown = begins;
      on_plans(plans);
    });
    bus::begin_hearing(*proxy);
  }

  Handler on_plans;
  MachinePlans plans;
  BusConnection bus;
  std::unique_ptr<sdbus::IProxy> proxy;
};

Logind::Logind(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Logind::~Logind() = default;

awaitable<std::unique_ptr<Logind>> Logind::connect(Loop& loop, Handler on_plans) {
  auto open = [&loop, on_plans] {
    try {
      return std::make_unique<Parts>(loop, on_plans);
    } catch (const sdbus::Error& error) {
      throw BusLost("cannot listen to logind on the system bus: " + std::string(error.getMessage()));
    }
  };
  std::unique_ptr<Parts> parts = co_await run_blocking(std::move(open));
  co_return std::unique_ptr<Logind>(new Logind(std::move(parts)));
}

awaitable<void> Logind::serve() {
  parts_->bus.kick();
  return parts_->bus.serve();
}

awaitable<Descriptor> Logind::delay(std::string what, std::string why) {
  std::string who = "orchestratord";
  std::string mode = "delay";
  try {
    sdbus::UnixFd lock = co_await call_bus<sdbus::UnixFd>(parts_->bus, kInhibit, std::move(what), std::move(who),
                                                         std::move(why), std::move(mode));
    co_return Descriptor(lock.release());
  } catch (const sdbus::Error& error) {
    if (!says_that_nobody_is_there(error)) {
      throw Error("cannot hold up the machine while runs go on: logind says: " + std::string(error.getMessage()));
    }
  }
  co_return Descriptor();
}

template <class Value>
awaitable<Value> Logind::property(std::string name, Value otherwise) {
  std::string interface = kManager;
  try {
    const sdbus::Variant value = co_await call_bus<sdbus::Variant>(parts_->bus, kGet, std::move(interface), std::move(name));
    co_return value.get<Value>();
  } catch (const sdbus::Error&) {
    // An old one, or none.
  }
  co_return otherwise;
}

awaitable<void> Logind::catch_up() {
  MachinePlans& plans = parts_->plans;
  std::string sleep = "PreparingForSleep";
  std::string shutdown = "PreparingForShutdown";
  plans.sleep = co_await property(std::move(sleep), false);
  plans.shutdown = co_await property(std::move(shutdown), false);
  if (plans.any()) parts_->on_plans(plans);
}

awaitable<Duration> Logind::delay_limit() {
  std::string name = "InhibitDelayMaxUSec";
  const std::uint64_t usual = static_cast<std::uint64_t>(kUsualDelay.count());
  const std::uint64_t limit = co_await property(std::move(name), usual);
  co_return std::chrono::microseconds(limit);
}

}  // namespace orchestrator
