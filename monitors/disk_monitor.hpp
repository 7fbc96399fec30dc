#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "monitors/disk_probe.hpp"
#include "monitors/disk_watch.hpp"
#include "orchestrator/run/monitor.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

/// Where the probes of a run come from; a probe for this machine lives on, shared by all runs.
struct DiskProbes {
  DiskProbe& here;
  std::function<std::unique_ptr<DiskProbe>(Host&)> there;  ///< one for each other host of a run
};

/// Watches every file system that a run writes to, on every host, and that of our own state.
///
/// Several paths on one file system are looked at once: the first of them stands for all. Every path is looked at again
/// now and then, because it may have come to lie on another one.
class DiskMonitor final : public Monitor {
 public:
  DiskMonitor(const MonitorSubject& subject, DiskProbes probes);
  ~DiskMonitor() override;

  [[nodiscard]] const std::string& name() const noexcept override { return name_; }
  [[nodiscard]] awaitable<void> watch(MonitorContext& context, Started<std::vector<Problem>>& ready) override;

  /// How long a look may take until it counts as failed.
  static constexpr Duration kPatience = std::chrono::seconds(10);

 private:
  struct Place;
  [[nodiscard]] DiskProbe& probe_for(const Place& place);
  [[nodiscard]] awaitable<void> serve(MonitorContext& context, TaskGroup& group);
  [[nodiscard]] awaitable<void> look(Place& place);
  [[nodiscard]] awaitable<std::vector<Problem>> preflight(MonitorContext& context);
  [[nodiscard]] awaitable<void> first_look(Place& place);
  void judge_first(MonitorContext& context, const Place& place, std::vector<Problem>& problems) const;
  void judge_coming(MonitorContext& context, const Place& place, std::vector<Problem>& problems) const;
  [[nodiscard]] awaitable<void> keep_looking(MonitorContext& context, Place& place);
  [[nodiscard]] Duration take(MonitorContext& context, Place& place, TimePoint now);
  [[nodiscard]] bool stands_for_itself(const Place& place) const;

  /// Who that is, where commands of this machine run as somebody else.
  [[nodiscard]] awaitable<void> find_writer();

  std::string name_ = "disks";
  std::string run_as_;
  DiskProbes probes_;
  std::map<std::string, std::unique_ptr<DiskProbe>> there_;
  std::vector<std::unique_ptr<Place>> places_;
  std::vector<ComingData> coming_;
};

}  // namespace orchestrator
