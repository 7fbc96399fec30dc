#include "orchestrator/run/stall.hpp"

#include <algorithm>
#include <utility>

#include "orchestrator/run/execution.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator {

namespace {

/// For what moves, while it may move nothing.
constexpr int kLooks = 10;

}  // namespace

// The work of an item, ended when nothing of it moves any more.
awaitable<void> Execution::sync(RunItem& item) {
  const auto& limit = setup_.job.common.stall_timeout;
  if (!limit) {
    co_await item.job->sync(*item.context);
    co_return;
  }
  item.context->moving();
  CancelScope work;
  ScopeEnd end = ScopeEnd::Finished;
  auto both = [this, &item, &limit, &work, &end](TaskGroup& group) -> awaitable<void> {
    group.spawn("stall", [this, &item, &limit, &work] { return watch_stall(item, *limit, work); });
    auto sync_item = [&item]() -> awaitable<void> { return item.job->sync(*item.context); };
    end = co_await with_cancel_scope(work, std::move(sync_item));
    group.cancel(CancelReason{CancelCause::Operator, "the item has ended"});
  };
  std::exception_ptr error;
  try {
    co_await with_task_group(std::move(both));
  } catch (const TaskGroupError& failed) {
    error = failed.errors().front().error;
  }
  if (error) std::rethrow_exception(error);
  if (end == ScopeEnd::Cancelled) {
    throw Stalled("nothing moved for " + format_duration(*limit) + ", the limit of 'stall_timeout'",
                  "see whether the network, the other end or a disk hangs");
  }
}

awaitable<void> Execution::watch_stall(RunItem& item, Duration limit, CancelScope& work) {
  // In short waits, each counted as what it was meant to be: one in which the machine was stopped takes longer, and nothing could move.
  Duration silent{};
  while (silent < limit) {
    const Duration wait = std::min(limit / kLooks, limit - silent);
    const TimePoint before = item.context->moved_at();
    co_await sleep_for(wait);
    const TimePoint moved = item.context->moved_at();
    silent = moved == before ? silent + wait : std::min(task_.clock().now() - moved, wait);
  }
  work.cancel(CancelReason{CancelCause::Stall, "item '" + item.name() + "' moves nothing"});
}

}  // namespace orchestrator
