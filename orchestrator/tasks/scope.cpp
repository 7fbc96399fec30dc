#include "orchestrator/tasks/scope.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

#include "orchestrator/tasks/format_duration.hpp"

namespace orchestrator {

CancelScope::CancelScope(const ScopeOptions& options) : shield_(options.shield) {
  if (!options.limit && shield_ != Shield::Full) return;
  limits_ = std::make_unique<Limits>();
  limits_->kill_limit = options.kill_limit;
  limits_->limit = options.limit;
}

CancelScope::~CancelScope() { assert(children_.empty() && tasks_.empty()); }

void CancelScope::cancel(CancelReason reason, CancelLevel level) {
  if (level <= own_level_ || stage_ == Stage::Left) return;
  const auto kept = std::make_shared<const CancelReason>(std::move(reason));
  if (!reason_) reason_ = kept;
  if (!seen_reason_) seen_reason_ = kept;
  own_level_ = level;
  propagate();
}

void CancelScope::set_limit(Duration limit) {
  if (!limits_) limits_ = std::make_unique<Limits>();
  limits_->limit = limit;
  if (stage_ == Stage::Entered) end_at(clock_->now() + limit);
}

void CancelScope::end_at(TimePoint when) {
  const bool cut = limits_->latest && *limits_->latest < when;
  limits_->deadline = cut ? *limits_->latest : when;
  const auto end = [this, cut] {
    const std::string detail = cut ? "limit of " + format_duration(limits_->kill_limit) + " after a kill"
                                   : "limit of " + format_duration(*limits_->limit);
    cancel(CancelReason{CancelCause::Deadline, detail}, CancelLevel::Stop);
  };
  limits_->alarm.reset();
  if (*limits_->deadline <= clock_->now()) {
    end();
  } else {
    limits_->alarm = clock_->call_at(*limits_->deadline, end);
  }
}

void CancelScope::end_after_kill() {
  limits_->latest = clock_->now() + limits_->kill_limit;
  end_at(limits_->deadline.value_or(TimePoint::max()));
}

void CancelScope::enter_under(CancelScope* parent, Clock& clock) {
  assert(stage_ == Stage::New && "a cancel scope is entered once");
  stage_ = Stage::Entered;
  parent_ = parent;
  clock_ = &clock;
  if (parent_) parent_->children_.push_back(*this);
  refresh();
  if (limits_ && limits_->limit) set_limit(*limits_->limit);
}

void CancelScope::leave() noexcept {
  if (limits_) limits_->alarm.reset();
  hook_.unlink();
  // Who cancels it later than that changes nothing, and must not look at a scope that may be gone.
  stage_ = Stage::Left;
  parent_ = nullptr;
}

bool CancelScope::swallows_cancelled() const noexcept {
  if (!cancelled()) return false;
  return shield_ != Shield::None || !parent_ || !parent_->cancelled();
}

bool CancelScope::refresh() {
  const CancelLevel outer_seen = parent_ ? parent_->seen_ : CancelLevel::None;
  CancelLevel inherited = CancelLevel::None;
  if (parent_ && shield_ == Shield::None) inherited = parent_->level_;
  if (shield_ == Shield::UntilKill && outer_seen == CancelLevel::Kill) inherited = CancelLevel::Kill;

  const CancelLevel level = std::max(own_level_, inherited);
  const CancelLevel seen = std::max(own_level_, outer_seen);
  if (level == level_ && seen == seen_) return false;
  level_ = level;
  seen_ = seen;

  if (!seen_reason_ && parent_) seen_reason_ = parent_->seen_reason_;
  if (!reason_ && inherited != CancelLevel::None) {
    reason_ = shield_ == Shield::None ? parent_->reason_ : parent_->seen_reason_;
  }
  if (shield_ == Shield::Full && outer_seen == CancelLevel::Kill && !limits_->latest) end_after_kill();
  return true;
}

void CancelScope::propagate() {
  // Iterative: scopes may be nested thousands deep. Interrupting runs no code of the tasks, it only
  // makes their operations complete, but it comes last so that all of them find the final state.
  std::vector<CancelScope*> open{this};
  std::vector<Task*> interrupted;
  while (!open.empty()) {
    CancelScope& scope = *open.back();
    open.pop_back();
    if (!scope.refresh()) continue;
    if (scope.cancelled()) {
      for (Task& task : scope.tasks_) interrupted.push_back(&task);
    }
    // Backwards, so that the oldest comes first.
    for (auto child = scope.children_.rbegin(); child != scope.children_.rend(); ++child) open.push_back(&*child);
  }
  for (Task* task : interrupted) task->interrupt();
}

ScopeEntry::ScopeEntry(CancelScope& scope, Task& task) : scope_(scope), outer_(&task.scope()), task_(task) {
  scope_.enter_under(outer_, task_.clock());
  task_.move_to(scope_);
}

ScopeEntry::~ScopeEntry() {
  task_.move_to(*outer_);
  scope_.leave();
}

}  // namespace orchestrator
