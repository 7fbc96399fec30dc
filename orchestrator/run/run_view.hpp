#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/run/events.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// An item as it is now.
struct ItemView {
  std::string name{};
  Phase phase = Phase::Validate;
  bool running = false;
  std::optional<ItemEnd> end{};  ///< of the last phase that ended
  TimePoint began{};             ///< of the phase
  Progress progress{};

  [[nodiscard]] bool failed() const noexcept { return end && *end != ItemEnd::Succeeded; }
  /// Its sync is over, or it takes no further part.
  [[nodiscard]] bool done() const noexcept;
};

/// A run as it is now, collected from its events: what a display shows. Names are as they came, not printable yet.
class RunView {
 public:
  void run_began(std::string id, std::string job, const std::vector<std::string>& items, TimePoint now);
  void state_changed(RunState state) { state_ = state; }
  void item_began(const std::string& item, Phase phase, TimePoint now);
  void item_progress(const std::string& item, const Progress& progress);
  void disk_seen(const DiskSeen& disk);
  void item_ended(const std::string& item, Phase phase, ItemEnd end);

  [[nodiscard]] const std::string& job() const noexcept { return job_; }
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  [[nodiscard]] RunState state() const noexcept { return state_; }
  [[nodiscard]] TimePoint began() const noexcept { return began_; }
  [[nodiscard]] const std::vector<ItemView>& items() const noexcept { return items_; }
  [[nodiscard]] const ItemView* find(std::string_view item) const;
  [[nodiscard]] std::size_t done() const;
  /// What there is to tell of the disks now: "disk '/srv' on 'nas': full in about 40 s at 210 MiB/s"; mostly nothing.
  [[nodiscard]] const std::vector<std::string>& disk_notes() const noexcept { return disk_notes_; }

 private:
  ItemView& item(const std::string& name);

  std::string id_;
  std::string job_;
  RunState state_ = RunState::Queued;
  TimePoint began_{};
  std::vector<ItemView> items_;
  std::map<std::string, std::string> disks_;  // note by place
  std::vector<std::string> disk_notes_;
};

/// What people call it: "checking", "preparing", "syncing", "finishing".
[[nodiscard]] std::string_view activity(Phase phase) noexcept;
[[nodiscard]] std::string_view activity(RunState state) noexcept;

}  // namespace orchestrator
