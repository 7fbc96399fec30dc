#include "orchestrator/tasks/wait_queue.hpp"

#include <cassert>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

template <class Handler>
struct WaitQueue::HandlerNode final : Node {
  explicit HandlerNode(Handler h) : handler(std::move(h)) {}

  void resume(bool woken) override {
    Handler ready = std::move(handler);
    auto slot = asio::get_associated_cancellation_slot(ready);
    if (slot.is_connected()) slot.clear();
    delete this;
    auto completion = asio::append(std::move(ready), woken);
    asio::post(std::move(completion));
  }

  Handler handler;
};

WaitQueue::~WaitQueue() { assert(waiters_.empty()); }

/// What is awaited: gives whether it was woken, rather than cancelled.
class WaitQueue::Parking {
 public:
  Parking(WaitQueue& queue, bool cancellable) : queue_(queue), cancellable_(cancellable) {}

  /// Deferred, so that it lives in the frame of the coroutine that awaits it and needs none of its own.
  [[nodiscard]] auto operation() const {
    return asio::async_initiate<const asio::deferred_t, void(bool)>(*this, asio::deferred);
  }

  template <class Handler>
  void operator()(Handler handler) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto* node = new HandlerNode<Handler>(std::move(handler));
    queue_.waiters_.push_back(*node);
    if (!cancellable_ || !slot.is_connected()) return;
    slot.assign([node](asio::cancellation_type) {
      node->unlink();
      node->resume(false);
    });
  }

 private:
  WaitQueue& queue_;
  bool cancellable_;
};

awaitable<void> WaitQueue::wait(std::string_view what) {
  Task& task = task_of(co_await asio::this_coro::executor);
  task.throw_if_cancelled();
  const WaitingFor note(task, what);
  auto parked = Parking(*this, true).operation();
  const bool woken = co_await std::move(parked);
  if (!woken) task.throw_if_cancelled();
}

awaitable<void> WaitQueue::wait_always(std::string_view what) {
  Task& task = task_of(co_await asio::this_coro::executor);
  const WaitingFor note(task, what);
  auto parked = Parking(*this, false).operation();
  (void)co_await std::move(parked);
}

bool WaitQueue::wake_one() {
  if (waiters_.empty()) return false;
  Node& node = waiters_.front();
  node.unlink();
  node.resume(true);
  return true;
}

void WaitQueue::wake_all() {
  while (wake_one()) {
  }
}

}  // namespace orchestrator
