#include "orchestrator/tasks/group_error.hpp"

namespace orchestrator {

namespace {

std::string more(std::size_t others) {
  if (others == 0) return "";
  return " (and " + std::to_string(others) + " more)";
}

void append_flat(const TaskGroupError& group, std::vector<TaskError>& out) {
  for (const TaskError& entry : group.errors()) {
    try {
      std::rethrow_exception(entry.error);
    } catch (const TaskGroupError& inner) {
      append_flat(inner, out);
    } catch (...) {
      out.push_back(entry);
    }
  }
}

}  // namespace

TaskGroupError::SharedFirst TaskGroupError::first_of(const TaskError& entry) {
  try {
    std::rethrow_exception(entry.error);
  } catch (const TaskGroupError& group) {
    return group.first_;
  } catch (...) {
    return std::make_shared<const First>(First{entry.path, describe(entry.error)});
  }
}

TaskGroupError::TaskGroupError(std::vector<TaskError> errors, SharedFirst first)
    : std::runtime_error("task '" + first->path + "' failed: " + first->text + more(errors.size() - 1)),
      errors_(std::move(errors)),
      first_(std::move(first)) {}

TaskGroupError::TaskGroupError(const std::vector<TaskError>& errors) : TaskGroupError(errors, first_of(errors.front())) {}

std::vector<TaskError> TaskGroupError::flatten() const {
  std::vector<TaskError> flat;
  append_flat(*this, flat);
  return flat;
}

std::string describe(const std::exception_ptr& error) {
  try {
    if (!error) return "no error";
    std::rethrow_exception(error);
  } catch (const TaskGroupError& group) {
    return group.first_text();
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

GroupClosed::GroupClosed(const std::string& name)
    : std::logic_error("cannot start task '" + name + "': its group takes no more tasks") {}

NotStarted::NotStarted(const std::string& name)
    : std::logic_error("task '" + name + "' ended before it was ready") {}

}  // namespace orchestrator
