#include "orchestrator/tasks/task_tree.hpp"

#include <vector>

#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/loop.hpp"

namespace orchestrator {

namespace {

std::string line_of(const Task& task) {
  std::string line = task.name() + "  " + format_duration(task.clock().now() - task.started());
  if (!task.waiting_for().empty()) line += "  waits for " + std::string(task.waiting_for());
  const CancelScope& scope = task.scope();
  if (const CancelReason* reason = scope.seen_reason()) {
    line += scope.cancelled() ? "  cancelled (" : "  shielded (";
    line += std::string(to_string(scope.seen_level())) + ", " + to_string(*reason) + ")";
  }
  for (const std::string& handle : task.handles()) line += "  [" + handle + "]";
  return line;
}

}  // namespace

std::string task_tree(const Loop& loop) {
  struct Open {
    const Task* task;
    std::size_t depth;
  };
  std::string out;
  std::vector<Open> open;  // no recursion: tasks may be nested by the thousand
  if (loop.root_task()) open.push_back(Open{loop.root_task(), 0});
  while (!open.empty()) {
    const auto [task, depth] = open.back();
    open.pop_back();
    out += std::string(2 * depth, ' ') + line_of(*task) + "\n";
    const Task::ChildList& children = task->children();
    for (auto child = children.rbegin(); child != children.rend(); ++child) open.push_back(Open{&*child, depth + 1});
  }
  return out;
}

}  // namespace orchestrator
