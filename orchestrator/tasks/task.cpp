#include "orchestrator/tasks/task.hpp"

#include <stdexcept>
#include <vector>

#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

Task::Task(Loop& loop, Task* parent, std::string name)
    : loop_(loop), parent_(parent), name_(std::move(name)), started_(loop.clock().now()) {
  if (parent_) parent_->children_.push_back(*this);
}

Task::~Task() = default;

Clock& Task::clock() const noexcept { return loop_.clock(); }

std::string Task::path() const {
  std::vector<std::string_view> names;
  for (const Task* task = this; task; task = task->parent_) names.push_back(task->name_);
  std::string path;
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    if (!path.empty()) path += '/';
    path += *name;
  }
  return path;
}

void Task::throw_if_cancelled() const {
  if (scope_->cancelled()) throw Cancelled{};
}

TaskExecutor Task::executor() const noexcept {
  return TaskExecutor(loop_.io().get_executor(), const_cast<Task*>(this));
}

void Task::move_to(CancelScope& scope) noexcept {
  scope_hook_.unlink();
  scope_ = &scope;
  scope.tasks_.push_back(*this);
}

void Task::end() noexcept {
  scope_hook_.unlink();
  sibling_hook_.unlink();
}

Task& task_of(const asio::any_io_executor& executor) {
  const auto* tagged = executor.target<TaskExecutor>();
  if (!tagged) throw std::logic_error("a coroutine of ours was started outside of every task");
  return *tagged->task();
}

}  // namespace orchestrator
