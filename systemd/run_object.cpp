#include "systemd/run_object.hpp"

#include <orchestrator1_adaptor.hpp>

#include "orchestrator/run/exit_code.hpp"
#include "systemd/bus_answers.hpp"
#include "systemd/manager_object.hpp"
#include "systemd/requests.hpp"

namespace orchestrator {

namespace {

using ItemStruct = sdbus::Struct<std::uint32_t, std::string, double, std::uint64_t>;

std::uint64_t microseconds_since_1970(std::chrono::system_clock::time_point when) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(when.time_since_epoch()).count());
}

ItemStruct item_struct(std::uint32_t number, const ItemView& item) {
  const std::string phase(item.running ? to_string(item.phase) : std::string_view());
  return ItemStruct(number, phase, item.progress.fraction.value_or(-1.0), item.progress.bytes.value_or(0));
}

std::map<std::string, sdbus::Variant> result_variants(const RunResult& result, bool strict) {
  const auto ended = result.began + std::chrono::duration_cast<std::chrono::system_clock::duration>(result.took);
  std::map<std::string, sdbus::Variant> variants;
  variants.emplace("state", sdbus::Variant(std::string(to_string(result.state))));
  variants.emplace("exit_code", sdbus::Variant(std::int32_t{exit_code(result, strict)}));
  variants.emplace("ended", sdbus::Variant(microseconds_since_1970(ended)));
  variants.emplace("leftovers", sdbus::Variant(static_cast<std::uint32_t>(result.leftovers.size())));
  variants.emplace("warnings", sdbus::Variant(static_cast<std::uint32_t>(result.warnings.size())));
  variants.emplace("errors", sdbus::Variant(static_cast<std::uint32_t>(result.errors.size())));
  return variants;
}

}  // namespace

class RunObject::Adaptor final : public sdbus::AdaptorInterfaces<org::orchestratord::Orchestrator1::Run_adaptor> {
 public:
  Adaptor(BusConnection& bus, EngineRun& run, Requests& requests, BusAnswers& answers)
      : AdaptorInterfaces(bus.sdbus(), sdbus::ObjectPath(run_path(run.id()))),
        run_(run),
        requests_(requests),
        answers_(answers) {
    registerAdaptor();
  }
  ~Adaptor() { unregisterAdaptor(); }
  Adaptor(const Adaptor&) = delete;
  Adaptor& operator=(const Adaptor&) = delete;

  void tell(const std::vector<std::string>& properties) { bus::emit_changed(getObject(), INTERFACE_NAME, properties); }

 private:
  std::string Id() override { return run_.id(); }
  std::string Job() override { return run_.order().job; }
  bool DryRun() override { return run_.order().options.dry_run; }
  std::uint64_t Requested() override { return microseconds_since_1970(run_.requested()); }
  std::string StartedBy() override { return run_.order().started_by; }
  std::string State() override {
    return std::string(to_string(run_.ended() ? run_.result()->state : run_.view().state()));
  }
  std::string Phase() override {
    const auto phase = run_.phase();
    return phase ? std::string(to_string(*phase)) : std::string();
  }
  std::vector<ItemStruct> Progress() override {
    std::vector<ItemStruct> items;
    for (const ItemView& item : run_.view().items()) {
      items.push_back(item_struct(static_cast<std::uint32_t>(items.size()), item));
    }
    return items;
  }
  std::map<std::string, sdbus::Variant> Result() override {
    if (!run_.ended()) return {};
    return result_variants(*run_.result(), run_.order().options.strict);
  }

  // The run may be forgotten before a call of it is answered: only its id is kept.
  void Cancel(sdbus::Result<>&& result, std::string level) override {
    answers_.answer(getObject(), std::move(result),
                    [&requests = requests_, id = run_.id(), level](Caller caller, const sdbus::Result<>& reply)
                        -> awaitable<void> {
                      co_await requests.cancel(std::move(caller), id, level);
                      reply.returnResults();
                    });
  }
  void OpenLog(sdbus::Result<sdbus::UnixFd>&& result) override {
    answers_.answer(getObject(), std::move(result),
                    [&requests = requests_, id = run_.id()](Caller caller, const sdbus::Result<sdbus::UnixFd>& reply)
                        -> awaitable<void> {
                      Descriptor log = co_await requests.open_log(std::move(caller), id);
                      reply.returnResults(sdbus::UnixFd(log.release(), sdbus::adopt_fd));
                    });
  }
  void Follow(sdbus::Result<sdbus::UnixFd>&& result) override {
    answers_.answer(getObject(), std::move(result),
                    [&requests = requests_, id = run_.id()](Caller caller, const sdbus::Result<sdbus::UnixFd>& reply)
                        -> awaitable<void> {
                      Descriptor events = co_await requests.follow(std::move(caller), id);
                      reply.returnResults(sdbus::UnixFd(events.release(), sdbus::adopt_fd));
                    });
  }

  EngineRun& run_;
  Requests& requests_;
  BusAnswers& answers_;
};

RunObject::RunObject(BusConnection& bus, EngineRun& run, Requests& requests, BusAnswers& answers)
    : adaptor_(std::make_unique<Adaptor>(bus, run, requests, answers)) {}

RunObject::~RunObject() = default;

void RunObject::tell(const std::vector<std::string>& properties) { adaptor_->tell(properties); }

}  // namespace orchestrator
