#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/intrusive/list.hpp>

#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/task_executor.hpp"

namespace orchestrator {

class CancelScope;
class Loop;

/// One thread of execution: a coroutine with all that it awaits. Made by a task group, or by
/// `Loop::run` for the first one; found by its coroutines with `co_await current_task()`.
///
/// Threads: the loop's thread only.
class Task {
  using Hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  Hook scope_hook_;
  Hook sibling_hook_;

 public:
  using ScopeList = boost::intrusive::list<Task, boost::intrusive::member_hook<Task, Hook, &Task::scope_hook_>,
                                           boost::intrusive::constant_time_size<false>>;
  using ChildList = boost::intrusive::list<Task, boost::intrusive::member_hook<Task, Hook, &Task::sibling_hook_>,
                                           boost::intrusive::constant_time_size<false>>;

  Task(Loop& loop, Task* parent, std::string name);
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  [[nodiscard]] Loop& loop() const noexcept { return loop_; }
  [[nodiscard]] Clock& clock() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Names from the first task to this one: "main/run/items/srv".
  [[nodiscard]] std::string path() const;
  [[nodiscard]] TimePoint started() const noexcept { return started_; }
  [[nodiscard]] Task* parent() const noexcept { return parent_; }
  [[nodiscard]] const ChildList& children() const noexcept { return children_; }

  /// The innermost scope that the task is in.
  [[nodiscard]] CancelScope& scope() const noexcept { return *scope_; }
  /// \throws Cancelled when the innermost scope is cancelled.
  void throw_if_cancelled() const;

  /// What the task waits for, as `task_tree` shows it; empty while it runs. Static text only.
  [[nodiscard]] std::string_view waiting_for() const noexcept { return waiting_for_; }
  [[nodiscard]] const std::list<std::string>& handles() const noexcept { return handles_; }

  // For those who make tasks:
  [[nodiscard]] TaskExecutor executor() const noexcept;
  [[nodiscard]] asio::cancellation_slot slot() noexcept { return signal_.slot(); }
  void move_to(CancelScope& scope) noexcept;
  void end() noexcept;  ///< out of the tree and of its scope

 private:
  friend class CancelScope;
  friend class TaskHandle;
  friend class WaitingFor;

  /// Ends the operation that the task waits on, if it is one that can be cancelled.
  void interrupt() { signal_.emit(asio::cancellation_type::terminal); }

  Loop& loop_;
  Task* parent_;
  std::string name_;
  TimePoint started_;
  CancelScope* scope_ = nullptr;
  std::string_view waiting_for_;
  std::list<std::string> handles_;
  ChildList children_;
  asio::cancellation_signal signal_;
};

/// The task that a coroutine of ours runs in.
[[nodiscard]] Task& task_of(const asio::any_io_executor& executor);
[[nodiscard]] inline awaitable<std::reference_wrapper<Task>> current_task() {
  co_return task_of(co_await asio::this_coro::executor);
}

/// \throws Cancelled when the current scope is cancelled. Does not suspend: for long computations.
[[nodiscard]] inline awaitable<void> throw_if_cancelled() {
  task_of(co_await asio::this_coro::executor).throw_if_cancelled();
}

/// Names in the task tree an OS resource that the task owns, while it lives: "pid 4711", "channel 3 on 'nas'".
class TaskHandle {
 public:
  TaskHandle(Task& task, std::string text) : task_(task), entry_(task.handles_.insert(task.handles_.end(), std::move(text))) {}
  ~TaskHandle() { task_.handles_.erase(entry_); }
  TaskHandle(const TaskHandle&) = delete;
  TaskHandle& operator=(const TaskHandle&) = delete;

 private:
  Task& task_;
  std::list<std::string>::iterator entry_;
};

/// Says in the task tree what the task waits for, while it lives. `text` must live longer: a literal.
class WaitingFor {
 public:
  WaitingFor(Task& task, std::string_view text) : task_(task), before_(task.waiting_for_) { task.waiting_for_ = text; }
  ~WaitingFor() { task_.waiting_for_ = before_; }
  WaitingFor(const WaitingFor&) = delete;
  WaitingFor& operator=(const WaitingFor&) = delete;

 private:
  Task& task_;
  std::string_view before_;
};

}  // namespace orchestrator
