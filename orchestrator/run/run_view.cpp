#include "orchestrator/run/run_view.hpp"

#include <algorithm>

namespace orchestrator {

bool ItemView::done() const noexcept {
  return failed() || (end && phase >= Phase::Sync && !(phase == Phase::Sync && running));
}

void RunView::run_began(std::string id, std::string job, const std::vector<std::string>& items, TimePoint now) {
  id_ = std::move(id);
  job_ = std::move(job);
  began_ = now;
  items_.clear();
  for (const std::string& name : items) item(name);
}

void RunView::item_began(const std::string& name, Phase phase, TimePoint now) {
  ItemView& view = item(name);
  view.phase = phase;
  view.running = true;
  view.began = now;
  view.progress = Progress();
}

void RunView::item_progress(const std::string& name, const Progress& progress) { item(name).progress = progress; }

void RunView::item_ended(const std::string& name, Phase phase, ItemEnd end) {
  ItemView& view = item(name);
  view.phase = phase;
  view.running = false;
  view.end = end;
}

void RunView::disk_seen(const DiskSeen& disk) {
  const std::string place = "'" + disk.path + "' " + (disk.host.empty() ? "here" : "on '" + disk.host + "'");
  if (disk.note.empty()) {
    disks_.erase(place);
  } else {
    disks_.insert_or_assign(place, disk.note);
  }
  disk_notes_.clear();
  for (const auto& [where, note] : disks_) disk_notes_.push_back("disk " + where + ": " + note);
}

const ItemView* RunView::find(std::string_view name) const {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [name](const ItemView& view) { return view.name == name; });
  return found == items_.end() ? nullptr : &*found;
}

std::size_t RunView::done() const {
  return static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(), [](const ItemView& view) { return view.done(); }));
}

ItemView& RunView::item(const std::string& name) {
  const auto found =
      std::find_if(items_.begin(), items_.end(), [&name](const ItemView& view) { return view.name == name; });
  if (found != items_.end()) return *found;
  items_.emplace_back().name = name;
  return items_.back();
}

std::string_view activity(Phase phase) noexcept {
  switch (phase) {
    case Phase::Validate: return "checking";
    case Phase::PreSync: return "preparing";
    case Phase::Sync: return "syncing";
    case Phase::PostSync: return "finishing";
  }
  return "";
}

std::string_view activity(RunState state) noexcept {
  switch (state) {
    case RunState::Queued: return "waiting";
    case RunState::Validating: return "checking";
    case RunState::PreSync: return "preparing";
    case RunState::Syncing: return "syncing";
    case RunState::PostSync: return "finishing";
    case RunState::Cancelling: return "stopping";
    case RunState::Succeeded: return "succeeded";
    case RunState::Failed: return "failed";
    case RunState::Cancelled: return "cancelled";
    case RunState::TimedOut: return "timed out";
    case RunState::Skipped: return "skipped";
    case RunState::Interrupted: return "interrupted";
  }
  return "";
}

}  // namespace orchestrator
