#include "systemd/service_manager.hpp"

#include <algorithm>

#include "systemd/sdbus.hpp"
#include "systemd/systemd_names.hpp"
#include "systemd/timer_units.hpp"

namespace orchestrator {

namespace {

/// systemd answers a reload when it is done.
constexpr std::chrono::minutes kReloadLimit{2};

/// name, description, load state, active state, sub state, followed by, path, job: id, type, path
using UnitStruct = sdbus::Struct<std::string, std::string, std::string, std::string, std::string, std::string,
                                 sdbus::ObjectPath, std::uint32_t, std::string, sdbus::ObjectPath>;
/// "OnCalendar", expression, next time
using CalendarStruct = sdbus::Struct<std::string, std::string, std::uint64_t>;

[[noreturn]] void rethrow_refusal(const sdbus::Error& error) {
  using Kind = ManagerRefusal::Kind;
  const std::string name = error.getName();
  const std::string text = error.getMessage();
  const auto ends = [&name](std::string_view ending) { return std::string_view(name).ends_with(ending); };
  if (ends(".ServiceUnknown") || ends(".NameHasNoOwner") || ends(".Spawn.ChildExited")) {
    throw ManagerRefusal(Kind::NotThere, "there is no systemd on this bus: " + text,
                         "without systemd, cron can start jobs: see 'orchestratorctl timers --cron'");
  }
  const bool denied = ends(".AccessDenied") || ends(".InteractiveAuthorizationRequired") || ends(".AuthFailed");
  throw ManagerRefusal(denied ? Kind::NotAllowed : Kind::Other, "systemd says: " + text);
}

std::optional<std::chrono::system_clock::time_point> instant_of(std::uint64_t microseconds) {
  if (microseconds == 0 || microseconds == UINT64_MAX) return std::nullopt;
  const std::chrono::microseconds since(static_cast<std::int64_t>(microseconds));
  return std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(since));
}

}  // namespace

class ServiceManager::Proxy {
 public:
  explicit Proxy(sdbus::IConnection& connection) : connection_(connection), manager_(at(systemd1::kPath)) {}

  [[nodiscard]] std::unique_ptr<sdbus::IProxy> at(const std::string& path) const {
    return sdbus::createProxy(connection_, bus::BusName(systemd1::kName), sdbus::ObjectPath(path));
  }
  [[nodiscard]] sdbus::IProxy& manager() { return *manager_; }

  template <class Call>
  auto asked(Call call) {
    try {
      return call(*manager_);
    } catch (const sdbus::Error& error) {
      rethrow_refusal(error);
    }
  }

  TimerRow row_of(const UnitStruct& unit) const {
    TimerRow row;
    row.unit = std::get<0>(unit);
    row.job = job_of_unit(row.unit);
    row.has_file = std::get<2>(unit) == "loaded";
    row.active = std::get<3>(unit) == "active";
    if (!row.has_file) return row;
    const auto timer = at(std::get<6>(unit));
    const sdbus::Variant next = timer->getProperty("NextElapseUSecRealtime").onInterface(systemd1::kTimer);
    if (row.active) row.next = instant_of(next.get<std::uint64_t>());
    const sdbus::Variant calendars = timer->getProperty("TimersCalendar").onInterface(systemd1::kTimer);
    for (const CalendarStruct& calendar : calendars.get<std::vector<CalendarStruct>>()) {
      row.calendar += (row.calendar.empty() ? "" : ", ") + std::get<1>(calendar);
    }
    return row;
  }

 private:
  sdbus::IConnection& connection_;
  std::unique_ptr<sdbus::IProxy> manager_;
};

ServiceManager::ServiceManager(BusKind kind)
    : connection_(open_bus(kind)), proxy_(std::make_unique<Proxy>(*connection_)) {
  connection_->setMethodCallTimeout(kReloadLimit);
}

ServiceManager::~ServiceManager() = default;

std::vector<TimerRow> ServiceManager::timers() {
  std::vector<TimerRow> rows = proxy_->asked([this](sdbus::IProxy& manager) {
    const std::vector<std::string> states;
    const std::vector<std::string> patterns{std::string(kJobUnitPrefix) + "*.timer"};
    std::vector<UnitStruct> units;
    manager.callMethod("ListUnitsByPatterns").onInterface(systemd1::kManager).withArguments(states, patterns).storeResultsTo(units);
    std::vector<TimerRow> found;
    for (const UnitStruct& unit : units) found.push_back(proxy_->row_of(unit));
    return found;
  });
  std::ranges::sort(rows, {}, &TimerRow::job);
  return rows;
}

void ServiceManager::reload() {
  proxy_->asked([](sdbus::IProxy& manager) { manager.callMethod("Reload").onInterface(systemd1::kManager); });
}

void ServiceManager::start(const std::string& unit) {
  proxy_->asked([&unit](sdbus::IProxy& manager) {
    sdbus::ObjectPath job;
    manager.callMethod("StartUnit").onInterface(systemd1::kManager).withArguments(unit, std::string("replace")).storeResultsTo(job);
  });
}

void ServiceManager::stop(const std::string& unit) {
  proxy_->asked([&unit](sdbus::IProxy& manager) {
    sdbus::ObjectPath job;
    manager.callMethod("StopUnit").onInterface(systemd1::kManager).withArguments(unit, std::string("replace")).storeResultsTo(job);
  });
}

void ServiceManager::forget_failure(const std::string& unit) {
  try {
    proxy_->asked([&unit](sdbus::IProxy& manager) {
      manager.callMethod("ResetFailedUnit").onInterface(systemd1::kManager).withArguments(unit);
    });
  } catch (const ManagerRefusal& refusal) {
    // A unit that is not loaded has no failure.
    if (refusal.kind() != ManagerRefusal::Kind::Other) throw;
  }
}

}  // namespace orchestrator
