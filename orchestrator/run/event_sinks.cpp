#include "orchestrator/run/event_sinks.hpp"

namespace orchestrator {

void EventSinks::run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) {
  for (EventSink* sink : sinks_) sink->run_began(id, job, items);
}

void EventSinks::state_changed(RunState state) {
  for (EventSink* sink : sinks_) sink->state_changed(state);
}

void EventSinks::item_began(const std::string& item, Phase phase) {
  for (EventSink* sink : sinks_) sink->item_began(item, phase);
}

void EventSinks::item_progress(const std::string& item, const Progress& progress) {
  for (EventSink* sink : sinks_) sink->item_progress(item, progress);
}

void EventSinks::item_ended(const std::string& item, Phase phase, ItemEnd end) {
  for (EventSink* sink : sinks_) sink->item_ended(item, phase, end);
}

void EventSinks::failed(const RunError& error) {
  for (EventSink* sink : sinks_) sink->failed(error);
}

void EventSinks::disk_seen(const DiskSeen& disk) {
  for (EventSink* sink : sinks_) sink->disk_seen(disk);
}

void EventSinks::log_line(const LogLine& line) {
  for (EventSink* sink : sinks_) sink->log_line(line);
}

void EventSinks::stopping(const Stopping& what) {
  for (EventSink* sink : sinks_) sink->stopping(what);
}

void EventSinks::run_ended(const RunResult& result) {
  for (EventSink* sink : sinks_) sink->run_ended(result);
}

}  // namespace orchestrator
