#pragma once
#include <memory>

#include "orchestrator/engine/engine.hpp"

namespace orchestrator {

class BusAnswers;
class BusConnection;
class Requests;

inline constexpr const char* kBusName = "org.orchestratord.Orchestrator1";
inline constexpr const char* kManagerPath = "/org/orchestratord/Orchestrator1";

/// "/org/orchestratord/Orchestrator1/run/ID"
[[nodiscard]] std::string run_path(const std::string& id);

/// The object that takes requests and tells of runs.
class ManagerObject {
 public:
  /// All outlive this.
  ManagerObject(BusConnection& bus, Requests& requests, BusAnswers& answers);
  ~ManagerObject();
  ManagerObject(const ManagerObject&) = delete;
  ManagerObject& operator=(const ManagerObject&) = delete;

  void tell_new(const EngineRun& run);
  void tell_removed(const EngineRun& run);

 private:
  class Adaptor;
  std::unique_ptr<Adaptor> adaptor_;
};

}  // namespace orchestrator
