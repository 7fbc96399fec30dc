#pragma once
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// One failed task of a group.
struct TaskError {
  std::string path;  ///< of the task; the body of the group has the path of the task that it ran in
  std::exception_ptr error;
  TimePoint when;
};

/// How a task of a supervisor ended.
struct TaskOutcome {
  enum class End : std::uint8_t { Running, Succeeded, Failed, Cancelled };
  std::string name;
  End end = End::Running;
  std::exception_ptr error{};  ///< set when failed
};

/// Everything that went wrong in a task group, in the order in which it happened; never empty.
/// Groups inside groups nest.
class TaskGroupError : public std::runtime_error {
 public:
  explicit TaskGroupError(const std::vector<TaskError>& errors);

  [[nodiscard]] const std::vector<TaskError>& errors() const noexcept { return errors_; }

  /// The first error, taken out of the groups around it: the path of its task, and its text.
  [[nodiscard]] const std::string& first_path() const noexcept { return first_->path; }
  [[nodiscard]] const std::string& first_text() const noexcept { return first_->text; }

  /// The errors without their groups, depth first.
  [[nodiscard]] std::vector<TaskError> flatten() const;

 private:
  struct First {
    std::string path;
    std::string text;
  };
  using SharedFirst = std::shared_ptr<const First>;  // groups nest: asking level by level would be slow
  TaskGroupError(std::vector<TaskError> errors, SharedFirst first);
  [[nodiscard]] static SharedFirst first_of(const TaskError& entry);

  std::vector<TaskError> errors_;
  SharedFirst first_;
};

/// The text of an exception; that of a TaskGroupError is the one of its first error.
[[nodiscard]] std::string describe(const std::exception_ptr& error);

namespace detail {

template <class E>
[[nodiscard]] std::optional<E> as(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const E& found) {
    return found;
  } catch (...) {
    return std::nullopt;
  }
}

}  // namespace detail

/// The first error of type E in what was thrown, inside groups too. A group itself is found as
/// TaskGroupError only, not as the runtime_error that it is.
template <class E>
[[nodiscard]] std::optional<E> first(const std::exception_ptr& thrown) {
  if (!thrown) return std::nullopt;
  if constexpr (std::is_same_v<E, TaskGroupError>) {
    return detail::as<TaskGroupError>(thrown);
  } else {
    const auto group = detail::as<TaskGroupError>(thrown);
    if (!group) return detail::as<E>(thrown);
    for (const TaskError& entry : group->errors()) {
      if (auto found = first<E>(entry.error)) return found;
    }
    return std::nullopt;
  }
}

/// A task was spawned into a group that takes no more.
struct GroupClosed : std::logic_error {
  explicit GroupClosed(const std::string& name);
};

/// A task ended without ever saying that it is ready.
struct NotStarted : std::logic_error {
  explicit NotStarted(const std::string& name);
};

}  // namespace orchestrator
