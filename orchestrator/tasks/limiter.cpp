#include "orchestrator/tasks/limiter.hpp"

#include <cassert>

#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

LimiterSlot::~LimiterSlot() {
  if (limiter_) limiter_->release();
}

Limiter::Limiter(std::string name, std::size_t limit) : name_(std::move(name)), limit_(limit) { assert(limit_ >= 1); }

Limiter::~Limiter() { assert(in_use_ == 0); }

awaitable<LimiterSlot> Limiter::acquire() {
  Task& task = task_of(co_await asio::this_coro::executor);
  task.throw_if_cancelled();
  if (closed_) throw LimiterClosed(name_);
  const TimePoint asked = task.clock().now();
  if (in_use_ < limit_) {
    ++in_use_;
    co_return LimiterSlot(*this, Duration::zero());
  }
  co_await waiters_.wait("a place in a limiter");
  if (handed_over_ == 0) throw LimiterClosed(name_);
  --handed_over_;
  co_return LimiterSlot(*this, task.clock().now() - asked);
}

void Limiter::release() {
  // The place goes straight to the first who waits, so that a newcomer cannot slip in between.
  if (!closed_ && waiters_.wake_one()) {
    ++handed_over_;
    return;
  }
  --in_use_;
}

void Limiter::close() {
  closed_ = true;
  waiters_.wake_all();
}

}  // namespace orchestrator
