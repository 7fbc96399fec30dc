#include "programs/terminal/json_report.hpp"

#include <algorithm>

#include "orchestrator/run/exit_code.hpp"
#include "programs/terminal/json_lines.hpp"

namespace orchestrator {

JsonReport::JsonReport(ReportOptions options, const Clock& clock, Emit emit)
    : options_(options), clock_(clock), emit_(std::move(emit)) {}

std::optional<Duration> JsonReport::interval() const {
  if (options_.quiet) return std::nullopt;
  return kProgressInterval;
}

void JsonReport::tick() {
  if (over_ || options_.quiet) return;
  for (const std::string& name : changed_) {
    const ItemView* item = run_.find(name);
    if (item == nullptr || !item->running) continue;
    emit_({Channel::Result, OutputPriority::Progress, progress_line(name, item->phase, item->progress), name});
  }
  changed_.clear();
  for (const auto& [place, disk] : disks_) {
    emit_({Channel::Result, OutputPriority::Progress, disk_line(disk), "disk " + place});
  }
  disks_.clear();
}

void JsonReport::run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) {
  run_.run_began(id, job, items, clock_.now());
  put(began_line(id, job, items));
}

void JsonReport::state_changed(RunState state) {
  run_.state_changed(state);
  put(state_line(state));
}

void JsonReport::item_began(const std::string& item, Phase phase) {
  run_.item_began(item, phase, clock_.now());
  put(item_began_line(item, phase));
}

void JsonReport::item_progress(const std::string& item, const Progress& progress) {
  run_.item_progress(item, progress);
  if (std::find(changed_.begin(), changed_.end(), item) == changed_.end()) changed_.push_back(item);
}

void JsonReport::item_ended(const std::string& item, Phase phase, ItemEnd end) {
  run_.item_ended(item, phase, end);
  put(item_ended_line(item, phase, end));
}

void JsonReport::disk_seen(const DiskSeen& disk) { disks_.insert_or_assign(disk.host + ":" + disk.path, disk); }

void JsonReport::log_line(const LogLine& line) {
  if (options_.verbose && line.level != LogLevel::Debug) put(log_json_line(line));
}

void JsonReport::stopping(const Stopping& what) { put(stopping_line(what)); }

void JsonReport::run_ended(const RunResult& result) {
  over_ = true;
  emit_({Channel::Result, OutputPriority::Essential, result_line(result, exit_code(result, options_.strict))});
}

void JsonReport::put(std::string line) {
  if (!options_.quiet) emit_({Channel::Result, OutputPriority::Ordinary, std::move(line)});
}

}  // namespace orchestrator
