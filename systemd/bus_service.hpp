#pragma once
#include <map>
#include <memory>
#include <string>

#include "orchestrator/engine/engine.hpp"
#include "systemd/bus_connection.hpp"
#include "systemd/requests.hpp"

namespace orchestrator {

class ManagerObject;
class RunObject;

/// The engine on a bus: takes the name, answers, tells. Runs know nothing of it: when the bus goes away they go on, and the
/// service comes back when the bus does.
///
/// Threads: the loop's thread only.
class BusService final : private EngineWatcher {
 public:
  /// How long until it is tried again to reach a bus that has gone.
  static constexpr Duration kFirstPause = std::chrono::milliseconds(200);
  static constexpr Duration kLongestPause = std::chrono::seconds(10);

  /// \param said what an operator should know, one line each.
  BusService(BusKind kind, Loop& loop, Engine& engine, ServiceActions actions,
             std::function<void(const std::string&)> said);
  ~BusService() override;

  /// Connects and takes the name. \throws BusLost
  [[nodiscard]] awaitable<void> connect();
  /// Serves until cancelled. `connect` comes first.
  [[nodiscard]] awaitable<void> serve();

 private:
  struct Presence;  // on one connection

  [[nodiscard]] awaitable<void> serve_connection();
  [[nodiscard]] awaitable<void> connect_again();
  /// Does what sends messages; a bus that has gone is `serve`'s business.
  template <class Action>
  void tell(Action action);

  void run_new(EngineRun& run) override;
  void run_changed(EngineRun& run) override;
  void run_progressed(EngineRun& run) override;
  void run_ended(EngineRun& run) override;
  void run_forgotten(const std::string& id) override;

  BusKind kind_;
  Loop& loop_;
  Engine& engine_;
  ServiceActions actions_;
  std::function<void(const std::string&)> said_;
  std::unique_ptr<BusConnection> connection_;
  Presence* presence_ = nullptr;  // while `serve_connection` is under way
};

}  // namespace orchestrator
