#include "systemd/manager_object.hpp"

#include <orchestrator1_adaptor.hpp>

#include "orchestrator/config/effective.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/version.hpp"
#include "systemd/bus_answers.hpp"
#include "systemd/requests.hpp"

namespace orchestrator {

namespace {

using Variants = std::map<std::string, sdbus::Variant>;
using RowStruct =
    sdbus::Struct<std::string, std::string, std::string, std::uint64_t, std::uint64_t, std::int32_t, sdbus::ObjectPath>;
using JobStruct = sdbus::Struct<std::string, std::string, std::string, std::string>;

constexpr std::uint64_t kLongestTimeout = 365ULL * 24 * 3600 * 1'000'000;
constexpr unsigned kMostItemsAtOnce = 1000;

std::uint64_t bus_time(std::chrono::system_clock::time_point when) {
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count();
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

RowStruct row_struct(const RunRow& row) {
  return RowStruct(row.id, row.job, row.state, bus_time(row.began), bus_time(row.ended), std::int32_t{row.exit_code},
                   sdbus::ObjectPath(row.has_object ? run_path(row.id) : "/"));
}

template <class Value>
Value value_of(const std::string& name, const sdbus::Variant& variant) {
  if (variant.containsValueOfType<Value>()) return variant.get<Value>();
  throw Refused(RefusalKind::InvalidArgument,
                "'" + name + "' has the type '" + std::string(variant.peekValueType()) + "', which is not the one it needs");
}

Duration timeout_of(std::uint64_t microseconds) {
  if (microseconds > 0 && microseconds <= kLongestTimeout) {
    return std::chrono::microseconds(static_cast<std::int64_t>(microseconds));
  }
  throw Refused(RefusalKind::InvalidArgument, "'timeout' is more than nothing and at most a year, in microseconds");
}

unsigned concurrency_of(std::uint32_t number) {
  if (number >= 1 && number <= kMostItemsAtOnce) return number;
  throw Refused(RefusalKind::InvalidArgument, "'concurrency' is a number from 1 to 1000");
}

Refused unknown_word(const std::string& what, const std::string& name) {
  return Refused(RefusalKind::InvalidArgument, "unknown " + what + " '" + name.substr(0, 64) + "'");
}

RunOrder order_of(const std::string& job, const Variants& options) {
  RunOrder order;
  order.job = job;
  for (const auto& [name, value] : options) {
    if (name == "token") {
      order.token = value_of<std::string>(name, value);
    } else if (name == "dry_run") {
      order.options.dry_run = value_of<bool>(name, value);
    } else if (name == "strict") {
      order.options.strict = value_of<bool>(name, value);
    } else if (name == "timeout") {
      order.options.timeout = timeout_of(value_of<std::uint64_t>(name, value));
    } else if (name == "concurrency") {
      order.options.concurrency = concurrency_of(value_of<std::uint32_t>(name, value));
    } else if (name == "trigger") {
      order.started_by = value_of<std::string>(name, value);
    } else {
      throw unknown_word("option", name);
    }
  }
  return order;
}

RunFilter filter_of(const Variants& words) {
  RunFilter filter;
  for (const auto& [name, value] : words) {
    if (name == "job") {
      filter.job = value_of<std::string>(name, value);
    } else if (name == "state") {
      filter.state = value_of<std::string>(name, value);
    } else if (name == "active") {
      filter.active = value_of<bool>(name, value);
    } else {
      throw unknown_word("filter", name);
    }
  }
  return filter;
}

}  // namespace

std::string run_path(const std::string& id) { return std::string(kManagerPath) + "/run/" + id; }

class ManagerObject::Adaptor final
    : public sdbus::AdaptorInterfaces<org::orchestratord::Orchestrator1::Manager_adaptor> {
 public:
  Adaptor(BusConnection& bus, Requests& requests, BusAnswers& answers)
      : AdaptorInterfaces(bus.sdbus(), sdbus::ObjectPath(kManagerPath)), requests_(requests), answers_(answers) {
    registerAdaptor();
  }
  ~Adaptor() { unregisterAdaptor(); }
  Adaptor(const Adaptor&) = delete;
  Adaptor& operator=(const Adaptor&) = delete;

 private:
  void ListJobs(sdbus::Result<std::vector<JobStruct>>&& result) override {
    std::vector<JobStruct> jobs;
    Engine& engine = requests_.engine();
    for (const JobListing& job : list_jobs(engine.source().config())) {
      const EngineRun* run = engine.active_run_of(job.name);
      jobs.emplace_back(job.name, job.type, job.description, run == nullptr ? std::string() : run->id());
    }
    result.returnResults(jobs);
  }

  void RunJob(sdbus::Result<std::string, sdbus::ObjectPath>&& result, std::string name, Variants options) override {
    using Reply = sdbus::Result<std::string, sdbus::ObjectPath>;
    answers_.answer(getObject(), std::move(result),
                    [this, name, options](Caller caller, const Reply& reply) -> awaitable<void> {
                      RunOrder order = order_of(name, options);
                      const EngineRun* run = co_await requests_.run_job(std::move(caller), std::move(order));
                      reply.returnResults(run->id(), sdbus::ObjectPath(run_path(run->id())));
                    });
  }

  void CancelRun(sdbus::Result<>&& result, std::string id, std::string level) override {
    answers_.answer(getObject(), std::move(result),
                    [this, id, level](Caller caller, const sdbus::Result<>& reply) -> awaitable<void> {
                      co_await requests_.cancel(std::move(caller), id, level);
                      reply.returnResults();
                    });
  }

  void ListRuns(sdbus::Result<std::vector<RowStruct>>&& result, Variants filter, std::uint32_t limit) override {
    using Reply = sdbus::Result<std::vector<RowStruct>>;
    answers_.answer(getObject(), std::move(result),
                    [this, filter, limit](Caller, const Reply& reply) -> awaitable<void> {
                      RunFilter wanted = filter_of(filter);
                      const std::vector<RunRow> rows = co_await requests_.list(std::move(wanted), limit);
                      std::vector<RowStruct> found;
                      for (const RunRow& row : rows) found.push_back(row_struct(row));
                      reply.returnResults(found);
                    });
  }

  void GetRun(sdbus::Result<RowStruct>&& result, std::string id) override {
    answers_.answer(getObject(), std::move(result),
                    [this, id](Caller, const sdbus::Result<RowStruct>& reply) -> awaitable<void> {
                      const RunRow row = co_await requests_.find(id);
                      reply.returnResults(row_struct(row));
                    });
  }

  void GetDetails(sdbus::Result<std::string>&& result, std::string id) override {
    answers_.answer(getObject(), std::move(result),
                    [this, id](Caller caller, const sdbus::Result<std::string>& reply) -> awaitable<void> {
                      const std::string details = co_await requests_.details(std::move(caller), id);
                      reply.returnResults(details);
                    });
  }

  void OpenLog(sdbus::Result<sdbus::UnixFd>&& result, std::string id) override {
    answers_.answer(getObject(), std::move(result),
                    [this, id](Caller caller, const sdbus::Result<sdbus::UnixFd>& reply) -> awaitable<void> {
                      Descriptor log = co_await requests_.open_log(std::move(caller), id);
                      reply.returnResults(sdbus::UnixFd(log.release(), sdbus::adopt_fd));
                    });
  }

  void ReloadConfiguration(sdbus::Result<>&& result) override {
    answers_.answer(getObject(), std::move(result),
                    [this](Caller caller, const sdbus::Result<>& reply) -> awaitable<void> {
                      co_await requests_.reload(std::move(caller));
                      reply.returnResults();
                    });
  }

  void Reconcile(sdbus::Result<std::string>&& result, std::string host) override {
    answers_.answer(getObject(), std::move(result),
                    [this, host](Caller caller, const sdbus::Result<std::string>& reply) -> awaitable<void> {
                      const std::string report = co_await requests_.reconcile(std::move(caller), host);
                      reply.returnResults(report);
                    });
  }

  void TaskTree(sdbus::Result<std::string>&& result) override {
    answers_.answer(getObject(), std::move(result),
                    [this](Caller caller, const sdbus::Result<std::string>& reply) -> awaitable<void> {
                      const std::string tree = co_await requests_.task_tree(std::move(caller));
                      reply.returnResults(tree);
                    });
  }

  std::string Version() override { return std::string(version()); }
  std::uint32_t RunningRuns() override { return static_cast<std::uint32_t>(requests_.engine().running()); }
  std::uint32_t QueuedRuns() override { return static_cast<std::uint32_t>(requests_.engine().queued()); }
  std::uint32_t Jobs() override {
    return static_cast<std::uint32_t>(requests_.engine().source().config().jobs.size());
  }
  std::uint64_t ConfigurationLoaded() override { return bus_time(requests_.engine().source().loaded()); }

  Requests& requests_;
  BusAnswers& answers_;
};

ManagerObject::ManagerObject(BusConnection& bus, Requests& requests, BusAnswers& answers)
    : adaptor_(std::make_unique<Adaptor>(bus, requests, answers)) {}

ManagerObject::~ManagerObject() = default;

void ManagerObject::tell_new(const EngineRun& run) {
  adaptor_->emitRunNew(run.id(), sdbus::ObjectPath(run_path(run.id())), run.order().job);
}

void ManagerObject::tell_removed(const EngineRun& run) {
  adaptor_->emitRunRemoved(run.id(), sdbus::ObjectPath(run_path(run.id())), run.order().job,
                           std::string(to_string(run.result()->state)), exit_code(*run.result(), run.order().options.strict));
}

}  // namespace orchestrator
