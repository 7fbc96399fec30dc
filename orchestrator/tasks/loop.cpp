#include "orchestrator/tasks/loop.hpp"

#include <cassert>

#include "orchestrator/tasks/begin_task.hpp"
#include "orchestrator/tasks/spawn.hpp"

namespace orchestrator {

Loop::Loop() : Loop([](Loop& loop) { loop.io_.run(); }) {}

Loop::Loop(Driver driver)
    : steady_clock_(std::make_unique<SteadyClock>(io_)),
      clock_(steady_clock_.get()),
      driver_(std::move(driver)),
      blocking_(io_) {}

Loop::Loop(Clock& clock, Driver driver) : clock_(&clock), driver_(std::move(driver)), blocking_(io_) {}

Loop::~Loop() = default;

namespace {

awaitable<void> run_root(awaitable<void> body) {
  co_await detail::begin_task();
  try {
    co_await std::move(body);
  } catch (const Cancelled&) {
    // Of the root scope: there is no other one that could have thrown it.
  }
}

}  // namespace

void Loop::run_first(std::string name, awaitable<void> body) {
  root_task_ = std::make_unique<Task>(*this, nullptr, std::move(name));
  root_scope_.emplace();
  root_scope_->enter_under(nullptr, *clock_);
  root_task_->move_to(*root_scope_);
  std::exception_ptr error;
  first_task_running_ = true;
  detail::spawn_coroutine(*root_task_, run_root(std::move(body)), [this, &error](std::exception_ptr e) {
    error = std::move(e);
    first_task_running_ = false;
    io_.stop();  // not when it runs out of work: blocking work that was abandoned may go on for long
  });
  io_.restart();
  driver_(*this);
  assert(!first_task_running_ && "the loop's driver gave up before the first task had ended");
  // What is left in the queue refers to the task: its signal, for one.
  io_.restart();
  io_.poll();
  root_task_->end();
  root_task_.reset();
  root_scope_->leave();
  root_scope_.reset();
  if (error) std::rethrow_exception(error);
}

}  // namespace orchestrator
