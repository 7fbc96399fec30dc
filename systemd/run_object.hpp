#pragma once
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/engine/engine_run.hpp"

namespace orchestrator {

class BusAnswers;
class BusConnection;
class Requests;

/// One run on the bus.
class RunObject {
 public:
  /// All outlive this.
  RunObject(BusConnection& bus, EngineRun& run, Requests& requests, BusAnswers& answers);
  ~RunObject();
  RunObject(const RunObject&) = delete;
  RunObject& operator=(const RunObject&) = delete;

  /// These properties are others than before.
  void tell(const std::vector<std::string>& properties);

 private:
  class Adaptor;
  std::unique_ptr<Adaptor> adaptor_;
};

}  // namespace orchestrator
