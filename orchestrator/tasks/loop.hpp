#pragma once
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/blocking_pool.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task.hpp"

namespace orchestrator {

/// Takes the place of `io_context::run`: turns the loop until its first task has ended, in tests with
/// virtual time or under a watch.
using Driver = std::function<void(class Loop&)>;

/// One thread that runs tasks: io_context, clock, the threads for blocking work, the first task.
///
/// Threads: the loop's own, except `post`.
class Loop {
 public:
  /// With CLOCK_MONOTONIC, driven by `io_context::run`.
  Loop();
  /// With CLOCK_MONOTONIC, and another way to turn.
  explicit Loop(Driver driver);
  /// With another clock and another way to turn: virtual time in tests. The clock outlives the loop.
  Loop(Clock& clock, Driver driver);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs `body`, an `awaitable<void>()`, as the first task, named `name`, until it and every task
  /// below it have ended. May be called again after that.
  /// \throws what left the body. Its own cancellation does not: see `root_scope().cancelled()`.
  template <class Body>
  void run(std::string name, Body body) {
    run_first(std::move(name), body());
  }

  /// Cancelling it cancels everything. Only while `run` is under way.
  [[nodiscard]] CancelScope& root_scope() noexcept { return *root_scope_; }
  [[nodiscard]] const Task* root_task() const noexcept { return root_task_.get(); }
  /// Until the first task, and so every other one, has ended.
  [[nodiscard]] bool first_task_running() const noexcept { return first_task_running_; }

  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] Clock& clock() noexcept { return *clock_; }
  [[nodiscard]] BlockingPool& blocking() noexcept { return blocking_; }

  /// Runs `function` on the loop. Threads: any.
  template <class Function>
  void post(Function&& function) {
    asio::post(io_, std::forward<Function>(function));
  }

 private:
  void run_first(std::string name, awaitable<void> body);

  asio::io_context io_{1};
  std::unique_ptr<SteadyClock> steady_clock_;
  Clock* clock_;
  Driver driver_;
  BlockingPool blocking_;
  std::unique_ptr<Task> root_task_;
  std::optional<CancelScope> root_scope_;
  bool first_task_running_ = false;
};

}  // namespace orchestrator
