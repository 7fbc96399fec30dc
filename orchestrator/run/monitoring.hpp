#pragma once
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "orchestrator/run/item_context.hpp"
#include "orchestrator/run/monitor.hpp"
#include "orchestrator/run/result.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

/// The monitors of a run, what they may do, and what they have seen.
class Monitoring final : public MonitorContext {
 public:
  /// \param run of the run as a whole. \param scope that a trip cancels. \param seen where disks go.
  Monitoring(RunContext& run, ItemContext& itself, CancelScope& scope, std::vector<DiskSeen>& seen)
      : run_(run), itself_(itself), scope_(scope), seen_(seen) {}

  /// Starts each monitor as a task of the group. \return why the run must not begin.
  [[nodiscard]] awaitable<std::vector<Problem>> start(TaskGroup& group, std::vector<std::unique_ptr<Monitor>> monitors);
  void stop();

  [[nodiscard]] Host& host(const std::string& name) override { return itself_.host(name); }
  void log(LogLevel level, std::string_view text) override { run_.log(level, {}, {}, text); }
  void warn(std::string_view text) override { run_.warn({}, text); }
  void trip(CancelCause cause, std::string text) override;
  void seen(const DiskSeen& disk) override;

 private:
  [[nodiscard]] awaitable<void> keep_watching(Monitor& monitor, CancelScope& scope,
                                              Started<std::vector<Problem>>& ready);

  RunContext& run_;
  ItemContext& itself_;
  CancelScope& scope_;
  std::vector<DiskSeen>& seen_;
  std::vector<std::unique_ptr<Monitor>> monitors_;
  std::list<CancelScope> watching_;  // one for each
};

}  // namespace orchestrator
