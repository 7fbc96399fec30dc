#pragma once
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <boost/intrusive/list.hpp>

#include "orchestrator/tasks/begin_task.hpp"
#include "orchestrator/tasks/group_error.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/start.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// What a failing task does to its group.
enum class OnFailure : std::uint8_t {
  CancelSiblings,  ///< a task group
  Continue,        ///< a supervisor
};

/// Tasks that are joined together. Exists only inside `with_task_group` and `with_supervisor`: a function
/// that takes a `TaskGroup&` may leave tasks running in it, one that does not has joined all it started.
///
/// Threads: the loop's thread only; `Loop::post` brings a call there.
class TaskGroup {
 public:
  TaskGroup(Task& parent, OnFailure on_failure);
  ~TaskGroup();  ///< asserts that all tasks are joined
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// Starts a task at the next turn of the loop. In a cancelled group the task is born cancelled: it runs up
  /// to its first suspending call, so that a cleanup that it enters before is run.
  /// \param function an `awaitable<void>()`, kept alive until the task has ended; may be a lambda with captures.
  /// \throws GroupClosed after `close`, or when all has been joined.
  template <class Body>
  void spawn(std::string name, Body function) {
    Member& member = add(std::move(name), nullptr);
    launch(member, run_member(member, std::move(function)));
  }

  /// Starts a task and waits until it calls `Started<T>::set`; gives the value set. From then on it is
  /// a task of the group like any other. `function` is an `awaitable<void>(Started<T>&)`.
  ///
  /// \throws what the task threw before it was ready (it cancels no sibling), NotStarted when it ended
  /// without a word. Cancellation: the task is cancelled too, and has ended when `Cancelled` leaves. If it
  /// got ready all the same, its value is given: nothing that was started is lost.
  template <class T, class Body>
  [[nodiscard]] awaitable<T> start(std::string name, Body function);

  /// Refuses new tasks from now on; those that run go on.
  void close() noexcept { closed_ = true; }

  void cancel(CancelReason reason, CancelLevel level = CancelLevel::Stop) { scope_.cancel(std::move(reason), level); }
  [[nodiscard]] CancelScope& scope() noexcept { return scope_; }

  /// Tasks that have not ended.
  [[nodiscard]] std::size_t running() const noexcept { return running_; }

  // For with_task_group and with_supervisor:
  void body_failed(std::exception_ptr error);
  void body_cancelled() noexcept { gave_up_ = true; }
  [[nodiscard]] awaitable<void> join();
  /// \throws TaskGroupError, or Cancelled when work was given up for a cancellation from outside.
  void finish();
  [[nodiscard]] std::vector<TaskOutcome> take_outcomes() { return std::move(outcomes_); }

 private:
  struct Member : boost::intrusive::list_base_hook<> {
    Member(TaskGroup& group, std::string name);
    Task task;
    CancelScope scope;  // around all that the task does
    std::shared_ptr<StartState> start;
    std::size_t index = 0;  // of its outcome
    bool cancelled = false;
  };

  Member& add(std::string name, std::shared_ptr<StartState> start);
  void launch(Member& member, awaitable<void> body);
  template <class Body>
  static awaitable<void> run_member(Member& member, Body function);
  void on_ended(Member& member, std::exception_ptr error);
  void report(Member& member, std::exception_ptr error);
  void remove(Member& member);
  void failed(std::string path, std::exception_ptr error);
  [[nodiscard]] static awaitable<void> wait_started(StartState& state, CancelScope& started_scope,
                                                    std::string name);

  Task& parent_;
  OnFailure on_failure_;
  CancelScope scope_;
  boost::intrusive::list<Member, boost::intrusive::constant_time_size<false>> members_;
  std::unique_ptr<Member> last_ended_;
  std::vector<TaskError> errors_;
  std::vector<TaskOutcome> outcomes_;
  WaitQueue all_ended_;
  std::size_t running_ = 0;
  bool closed_ = false;
  bool gave_up_ = false;  // work was ended by a cancellation, and nobody else says so
};

// ---- templates

// What is instantiated for every body is kept small: Asio's co_spawn, which is not, is in `launch`.
template <class Body>
awaitable<void> TaskGroup::run_member(Member& member, Body function) {
  co_await detail::begin_task();
  try {
    co_await function();
  } catch (const Cancelled&) {
    member.cancelled = true;
  }
}

template <class T, class Body>
awaitable<T> TaskGroup::start(std::string name, Body function) {
  auto started = std::make_shared<Started<T>>();
  Member& member = add(name, std::shared_ptr<StartState>(started, &started->state()));
  auto body = [started, f = std::move(function)]() mutable -> awaitable<void> { return f(*started); };
  launch(member, run_member(member, std::move(body)));
  co_await wait_started(started->state(), member.scope, std::move(name));
  co_return started->take();
}

namespace detail {

template <class Body>
awaitable<void> run_group(TaskGroup& group, Task& parent, Body& body) {
  {
    ScopeEntry entry(group.scope(), parent);
    try {
      co_await body(group);
    } catch (const Cancelled&) {
      group.body_cancelled();
    } catch (...) {
      group.body_failed(std::current_exception());
    }
    co_await group.join();
  }
  group.finish();
}

}  // namespace detail

/// Runs `body`, an `awaitable<void>(TaskGroup&)`, and returns when it and every task spawned in the group have
/// ended. The first failure cancels all others; being cancelled is not a failure.
///
/// \throws TaskGroupError with every error, the first one first. If a scope around the group was
/// cancelled as well, that cancellation stays pending: the next suspending call throws.
/// Cancellation: cancels the tasks and joins them.
template <class Body>
[[nodiscard]] awaitable<void> with_task_group(Body body) {
  Task& parent = task_of(co_await asio::this_coro::executor);
  TaskGroup group(parent, OnFailure::CancelSiblings);
  co_await detail::run_group(group, parent, body);
}

/// The same, but a failing task leaves the others running.
///
/// \return one outcome per spawned task, in the order of spawning, also when a scope around the supervisor was
/// cancelled: that stays pending, the next suspending call throws.
/// \throws TaskGroupError only for the body itself; its failure cancels the tasks. Cancelled when the body
/// was cut off, so that tasks may be missing.
template <class Body>
[[nodiscard]] awaitable<std::vector<TaskOutcome>> with_supervisor(Body body) {
  Task& parent = task_of(co_await asio::this_coro::executor);
  TaskGroup group(parent, OnFailure::Continue);
  co_await detail::run_group(group, parent, body);
  co_return group.take_outcomes();
}

}  // namespace orchestrator
