#include "systemd/bus_client.hpp"

#include <orchestrator1_proxy.hpp>
#include <utility>

#include "systemd/activation.hpp"
#include "systemd/manager_object.hpp"
#include "systemd/sdbus.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kOurErrors = "org.orchestratord.Orchestrator1.Error.";

using ClientRow =
    sdbus::Struct<std::string, std::string, std::string, std::uint64_t, std::uint64_t, std::int32_t, sdbus::ObjectPath>;

/// An agent may have to ask somebody for a password first.
constexpr std::chrono::minutes kAnswerLimit{2};

class ManagerProxy final : public sdbus::ProxyInterfaces<org::orchestratord::Orchestrator1::Manager_proxy> {
 public:
  explicit ManagerProxy(sdbus::IConnection& connection)
      : ProxyInterfaces(connection, bus::BusName(kBusName), sdbus::ObjectPath(kManagerPath)) {
    registerProxy();
  }
  ~ManagerProxy() { unregisterProxy(); }
  ManagerProxy(const ManagerProxy&) = delete;
  ManagerProxy& operator=(const ManagerProxy&) = delete;

  void cancel_without_answer(const std::string& run, const std::string& level) {
    getProxy().callMethod("CancelRun").onInterface(INTERFACE_NAME).withArguments(run, level).dontExpectReply();
  }

 private:
  void onRunNew(const std::string&, const sdbus::ObjectPath&, const std::string&) override {}
  void onRunRemoved(const std::string&, const sdbus::ObjectPath&, const std::string&, const std::string&,
                    const std::int32_t&) override {}
};

class RunProxy final : public sdbus::ProxyInterfaces<org::orchestratord::Orchestrator1::Run_proxy> {
 public:
  RunProxy(sdbus::IConnection& connection, const std::string& id)
      : ProxyInterfaces(connection, bus::BusName(kBusName), sdbus::ObjectPath(run_path(id))) {
    registerProxy();
  }
  ~RunProxy() { unregisterProxy(); }
  RunProxy(const RunProxy&) = delete;
  RunProxy& operator=(const RunProxy&) = delete;
};

std::chrono::system_clock::time_point time_of(std::uint64_t microseconds) {
  const std::chrono::microseconds since(static_cast<std::int64_t>(microseconds));
  return std::chrono::system_clock::time_point(std::chrono::duration_cast<std::chrono::system_clock::duration>(since));
}

RunRow row_from(const ClientRow& told) {
  RunRow row;
  row.id = std::get<0>(told);
  row.job = std::get<1>(told);
  row.state = std::get<2>(told);
  row.began = time_of(std::get<3>(told));
  row.ended = time_of(std::get<4>(told));
  row.exit_code = std::get<5>(told);
  row.has_object = std::string(std::get<6>(told)) != "/";
  return row;
}

bool says_nobody_is_there(const std::string& name) {
  constexpr std::string_view kBusErrors = "org.freedesktop.DBus.Error.";
  if (name.starts_with("org.freedesktop.systemd1.")) return true;
  if (!name.starts_with(kBusErrors)) return false;
  const std::string last = name.substr(kBusErrors.size());
  return last == "ServiceUnknown" || last == "NameHasNoOwner" || last == "NoReply" || last == "TimedOut" ||
         last == "Disconnected" || last.starts_with("Spawn.");
}

[[noreturn]] void rethrow_for_people(const sdbus::Error& error, BusKind kind) {
  const std::string name = error.getName();
  const std::string message = error.getMessage();
  if (name.starts_with(kOurErrors)) {
    const std::size_t end = message.rfind('\n');
    const std::string last = name.substr(kOurErrors.size());
    // Of mistakes in a configuration each has its line.
    if (end == std::string::npos || last == "Configuration") throw ClientError(last, message);
    throw ClientError(last, message.substr(0, end), message.substr(end + 1));
  }
  if (says_nobody_is_there(name)) {
    throw NoDaemon(name, "no daemon answers on " + to_string(kind) + ": " + message,
                   kind == BusKind::System ? "see 'systemctl status orchestratord', or use --user for a daemon of your own"
                                           : "start one with 'orchestratord --user'");
  }
  throw ClientError(name, "the bus says: " + message);
}

}  // namespace

class BusClient::Proxies {
 public:
  explicit Proxies(sdbus::IConnection& connection) : manager(connection) {}
  ManagerProxy manager;
};

BusClient::BusClient(BusKind kind) : kind_(kind), connection_(open_bus(kind)) {
  connection_->setMethodCallTimeout(kAnswerLimit);
  proxies_ = std::make_unique<Proxies>(*connection_);
}

BusClient::~BusClient() = default;

template <class Call>
auto BusClient::asked(Call call) {
  if (!std::exchange(looked_, true)) start_daemon_if_absent(*connection_, kind_);
  try {
    return call(proxies_->manager);
  } catch (const sdbus::Error& error) {
    rethrow_for_people(error, kind_);
  }
}

std::string BusClient::version() {
  return asked([](ManagerProxy& manager) { return manager.Version(); });
}

std::vector<JobRow> BusClient::jobs() {
  std::vector<JobRow> rows;
  const auto told = asked([](ManagerProxy& manager) { return manager.ListJobs(); });
  for (const auto& job : told) rows.push_back({std::get<0>(job), std::get<1>(job), std::get<2>(job), std::get<3>(job)});
  return rows;
}

std::string BusClient::run_job(const std::string& job, const RunWish& wish) {
  std::map<std::string, sdbus::Variant> options;
  if (!wish.token.empty()) options.emplace("token", sdbus::Variant(wish.token));
  if (wish.dry_run) options.emplace("dry_run", sdbus::Variant(true));
  if (wish.strict) options.emplace("strict", sdbus::Variant(true));
  if (wish.timeout) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(*wish.timeout).count();
    options.emplace("timeout", sdbus::Variant(static_cast<std::uint64_t>(microseconds)));
  }
  if (!wish.trigger.empty()) options.emplace("trigger", sdbus::Variant(wish.trigger));
  if (wish.concurrency) options.emplace("concurrency", sdbus::Variant(std::uint32_t{*wish.concurrency}));
  return asked([&](ManagerProxy& manager) { return std::get<0>(manager.RunJob(job, options)); });
}

void BusClient::cancel(const std::string& run, const std::string& level) {
  asked([&](ManagerProxy& manager) { manager.CancelRun(run, level); });
}

void BusClient::ask_to_cancel(const std::string& run, const std::string& level) {
  asked([&](ManagerProxy& manager) { manager.cancel_without_answer(run, level); });
}

std::vector<RunRow> BusClient::runs(const RunFilter& filter, unsigned limit) {
  std::map<std::string, sdbus::Variant> words;
  if (!filter.job.empty()) words.emplace("job", sdbus::Variant(filter.job));
  if (!filter.state.empty()) words.emplace("state", sdbus::Variant(filter.state));
  if (filter.active) words.emplace("active", sdbus::Variant(true));
  std::vector<RunRow> rows;
  const auto told = asked([&](ManagerProxy& manager) { return manager.ListRuns(words, limit); });
  for (const auto& row : told) rows.push_back(row_from(row));
  return rows;
}

RunRow BusClient::run(const std::string& name) {
  return asked([&](ManagerProxy& manager) { return row_from(manager.GetRun(name)); });
}

std::string BusClient::details(const std::string& run) {
  return asked([&](ManagerProxy& manager) { return manager.GetDetails(run); });
}

Descriptor BusClient::open_log(const std::string& run) {
  return asked([&](ManagerProxy& manager) { return Descriptor(manager.OpenLog(run).release()); });
}

Descriptor BusClient::follow(const std::string& run_id) {
  return asked([&](ManagerProxy&) {
    RunProxy proxy(*connection_, run_id);
    return Descriptor(proxy.Follow().release());
  });
}

void BusClient::reload() {
  asked([](ManagerProxy& manager) { manager.ReloadConfiguration(); });
}

std::string BusClient::reconcile(const std::string& host) {
  return asked([&](ManagerProxy& manager) { return manager.Reconcile(host); });
}

std::string BusClient::task_tree() {
  return asked([](ManagerProxy& manager) { return manager.TaskTree(); });
}

}  // namespace orchestrator
