#include "systemd/bus_service.hpp"

#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "systemd/bus_answers.hpp"
#include "systemd/manager_object.hpp"
#include "systemd/run_object.hpp"

namespace orchestrator {

/// The objects of one connection.
struct BusService::Presence {
  Presence(BusService& service, TaskGroup& calls)
      : bus(*service.connection_),
        authority(service.kind_, bus),
        requests(service.engine_, service.actions_, authority),
        answers(bus, authority, calls),
        manager(bus, requests, answers) {
    for (const auto& run : service.engine_.runs()) add(*run);
  }
  void add(EngineRun& run) { runs[run.id()] = std::make_unique<RunObject>(bus, run, requests, answers); }

  BusConnection& bus;
  Authority authority;
  Requests requests;
  BusAnswers answers;
  ManagerObject manager;
  std::map<std::string, std::unique_ptr<RunObject>> runs;
};

BusService::BusService(BusKind kind, Loop& loop, Engine& engine, ServiceActions actions,
                       std::function<void(const std::string&)> said)
    : kind_(kind), loop_(loop), engine_(engine), actions_(std::move(actions)), said_(std::move(said)) {
  engine_.watch(*this);
}

BusService::~BusService() { engine_.unwatch(*this); }

awaitable<void> BusService::connect() {
  auto open = [kind = kind_] { return open_bus(kind, kBusName); };
  std::unique_ptr<sdbus::IConnection> connection = co_await run_blocking(std::move(open));
  connection_ = std::make_unique<BusConnection>(loop_, std::move(connection));
}

awaitable<void> BusService::serve() {
  for (;;) {
    std::string lost;
    try {
      co_await serve_connection();
    } catch (const TaskGroupError& error) {
      lost = error.first_text();
    }
    connection_.reset();
    said_("lost " + to_string(kind_) + ": " + lost + "; runs go on");
    co_await connect_again();
    said_("back on " + to_string(kind_));
  }
}

awaitable<void> BusService::connect_again() {
  Duration pause = kFirstPause;
  for (;;) {
    co_await sleep_for(pause);
    pause = std::min(2 * pause, kLongestPause);
    try {
      co_await connect();
      co_return;
    } catch (const BusLost&) {
      // Again, later.
    }
  }
}

awaitable<void> BusService::serve_connection() {
  // Declared before the group, because calls that are being answered use it.
  std::unique_ptr<Presence> presence;
  struct Entered {
    Entered(BusService& service, std::unique_ptr<Presence>& there) : service_(service), there_(there) {}
    ~Entered() {
      service_.presence_ = nullptr;
      there_.reset();
    }
    BusService& service_;
    std::unique_ptr<Presence>& there_;
  } entered(*this, presence);
  auto body = [&](TaskGroup& calls) -> awaitable<void> {
    presence = std::make_unique<Presence>(*this, calls);
    presence_ = presence.get();
    co_await connection_->serve();
  };
  co_await with_task_group(std::move(body));
}

template <class Action>
void BusService::tell(Action action) {
  if (presence_ == nullptr) return;
  try {
    action(*presence_);
  } catch (const sdbus::Error&) {
    // `serve` will see the same.
  }
  presence_->bus.kick();
}

void BusService::run_new(EngineRun& run) {
  tell([&run](Presence& presence) {
    presence.add(run);
    presence.manager.tell_new(run);
  });
}

void BusService::run_changed(EngineRun& run) {
  tell([&run](Presence& presence) { presence.runs.at(run.id())->tell({"State", "Phase"}); });
}

void BusService::run_progressed(EngineRun& run) {
  tell([&run](Presence& presence) { presence.runs.at(run.id())->tell({"Progress"}); });
}

void BusService::run_ended(EngineRun& run) {
  tell([&run](Presence& presence) {
    presence.runs.at(run.id())->tell({"State", "Phase", "Progress", "Result"});
    presence.manager.tell_removed(run);
  });
}

void BusService::run_forgotten(const std::string& id) {
  tell([&id](Presence& presence) { presence.runs.erase(id); });
}

}  // namespace orchestrator
