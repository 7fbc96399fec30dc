#include "orchestrator/tasks/cleanup.hpp"

namespace orchestrator {

namespace {

bool is_cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

CleanupLimitReached::CleanupLimitReached(const CancelReason& reason)
    : std::runtime_error("cleanup did not end within its " + reason.detail) {}

void detail::leave_cleanup(const Task& task, std::exception_ptr body, std::exception_ptr cleanup) {
  if (!cleanup) {
    if (body) std::rethrow_exception(body);
    return;
  }
  if (!body || is_cancelled(body)) std::rethrow_exception(cleanup);
  const TimePoint now = task.clock().now();
  std::vector<TaskError> both;
  both.push_back(TaskError{task.path(), std::move(body), now});
  both.push_back(TaskError{task.path() + "/cleanup", std::move(cleanup), now});
  throw TaskGroupError(both);
}

}  // namespace orchestrator
