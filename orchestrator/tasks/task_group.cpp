#include "orchestrator/tasks/task_group.hpp"

#include <cassert>

#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/spawn.hpp"

namespace orchestrator {

TaskGroup::Member::Member(TaskGroup& group, std::string name)
    : task(group.parent_.loop(), &group.parent_, std::move(name)) {}

TaskGroup::TaskGroup(Task& parent, OnFailure on_failure) : parent_(parent), on_failure_(on_failure) {}

TaskGroup::~TaskGroup() { assert(running_ == 0 && "a task group was left before its tasks were joined"); }

TaskGroup::Member& TaskGroup::add(std::string name, std::shared_ptr<StartState> start) {
  if (closed_) throw GroupClosed(name);
  if (on_failure_ == OnFailure::Continue) outcomes_.push_back(TaskOutcome{name});
  auto owned = std::make_unique<Member>(*this, std::move(name));
  members_.push_back(*owned);
  Member& member = *owned.release();  // the list's from now on
  member.scope.enter_under(&scope_, parent_.clock());
  member.task.move_to(member.scope);
  member.start = std::move(start);
  member.index = outcomes_.empty() ? 0 : outcomes_.size() - 1;
  ++running_;
  return member;
}

void TaskGroup::launch(Member& member, awaitable<void> body) {
  detail::spawn_coroutine(member.task, std::move(body),
                          [this, &member](std::exception_ptr error) { on_ended(member, std::move(error)); });
}

void TaskGroup::on_ended(Member& member, std::exception_ptr error) {
  report(member, std::move(error));
  remove(member);
  if (--running_ > 0) return;
  auto later = [gone = std::move(last_ended_)] {};
  parent_.loop().post(std::move(later));
  all_ended_.wake_all();
}

void TaskGroup::report(Member& member, std::exception_ptr error) {
  if (on_failure_ == OnFailure::Continue) {
    TaskOutcome& outcome = outcomes_[member.index];
    outcome.end = TaskOutcome::End::Succeeded;
    if (error) outcome.end = TaskOutcome::End::Failed;
    if (member.cancelled) outcome.end = TaskOutcome::End::Cancelled;
    outcome.error = error;
  } else if (member.cancelled) {
    gave_up_ = true;
  }
  if (member.start) {
    const bool starter_told = !member.start->ready;
    member.start->set_ended(starter_told ? error : nullptr);
    if (starter_told) return;
  }
  if (error && on_failure_ == OnFailure::CancelSiblings) failed(member.task.path(), std::move(error));
}

void TaskGroup::remove(Member& member) {
  member.task.end();
  member.scope.leave();
  members_.erase(members_.iterator_to(member));
  // The frame that is just ending still refers to the task's signal: it goes when the next one ends, or at the next turn.
  // Ends never nest: each is in a handler of its own.
  last_ended_.reset(&member);
}

void TaskGroup::failed(std::string path, std::exception_ptr error) {
  const std::string detail = "'" + path + "': " + describe(error);
  errors_.push_back(TaskError{std::move(path), std::move(error), parent_.clock().now()});
  scope_.cancel(CancelReason{CancelCause::SiblingFailed, detail});
}

void TaskGroup::body_failed(std::exception_ptr error) { failed(parent_.path(), std::move(error)); }

awaitable<void> TaskGroup::join() {
  while (running_ > 0) co_await all_ended_.wait_always("tasks of its group");
  closed_ = true;
}

void TaskGroup::finish() {
  if (!errors_.empty()) throw TaskGroupError(errors_);
  if (gave_up_ && parent_.scope().cancelled()) throw Cancelled{};
}

awaitable<void> TaskGroup::wait_started(StartState& state, CancelScope& started_scope, std::string name) {
  Task& starter = task_of(co_await asio::this_coro::executor);
  bool given_up = false;
  try {
    while (!state.ready && !state.ended) co_await state.changed.wait("a task to be ready");
  } catch (const Cancelled&) {
    given_up = true;
  }
  if (given_up && !state.ready && !state.ended) {
    started_scope.cancel(*starter.scope().reason(), starter.scope().seen_level());
    while (!state.ready && !state.ended) co_await state.changed.wait_always("a cancelled task to end");
  }
  if (state.ready) co_return;
  if (state.error) std::rethrow_exception(state.error);
  if (given_up) throw Cancelled{};
  throw NotStarted(name);
}

}  // namespace orchestrator
