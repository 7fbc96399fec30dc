#pragma once
#include <vector>

#include "orchestrator/run/events.hpp"

namespace orchestrator {

/// Tells every event to several sinks, in the order in which they were added.
class EventSinks final : public EventSink {
 public:
  /// \param sink outlives this.
  void add(EventSink& sink) { sinks_.push_back(&sink); }

  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override;
  void state_changed(RunState state) override;
  void item_began(const std::string& item, Phase phase) override;
  void item_progress(const std::string& item, const Progress& progress) override;
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override;
  void failed(const RunError& error) override;
  void disk_seen(const DiskSeen& disk) override;
  void log_line(const LogLine& line) override;
  void stopping(const Stopping& what) override;
  void run_ended(const RunResult& result) override;

 private:
  std::vector<EventSink*> sinks_;
};

}  // namespace orchestrator
