#include "orchestrator/tasks/wait_queue.hpp"

#include <cassert>

#include <boost/asio/append.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

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

awaitable<bool> WaitQueue::park(bool cancellable) {
  auto initiation = [this, cancellable](auto handler) {
    using Handler = decltype(handler);
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto* node = new HandlerNode<Handler>(std::move(handler));
    waiters_.push_back(*node);
    if (cancellable && slot.is_connected()) {
      slot.assign([node](asio::cancellation_type) {
        node->unlink();
        node->resume(false);
      });
    }
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(bool)>(std::move(initiation), asio::use_awaitable);
}

awaitable<void> WaitQueue::wait(std::string_view what) {
  Task& task = task_of(co_await asio::this_coro::executor);
  task.throw_if_cancelled();
  const WaitingFor note(task, what);
  const bool woken = co_await park(true);
  if (!woken) task.throw_if_cancelled();
}

awaitable<void> WaitQueue::wait_always(std::string_view what) {
  Task& task = task_of(co_await asio::this_coro::executor);
  const WaitingFor note(task, what);
  (void)co_await park(false);
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
