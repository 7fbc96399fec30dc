#pragma once
#include <memory>
#include <string_view>

#include <boost/intrusive/list.hpp>

#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

class Task;

/// Tasks that wait for something to happen, woken first come, first served. The state that they wait
/// for is the caller's: check it again after each wait.
///
/// A queue may not be destroyed while a task waits in it. Threads: the loop's thread only.
class WaitQueue {
 public:
  WaitQueue() = default;
  ~WaitQueue();
  WaitQueue(const WaitQueue&) = delete;
  WaitQueue& operator=(const WaitQueue&) = delete;

  /// Waits for a wake-up; `what` is shown in the task tree and must be static text.
  /// A wake-up that was given is never lost to a cancellation that comes right after it.
  [[nodiscard]] awaitable<void> wait(std::string_view what);

  /// The same, deaf to cancellation: for joining what is certain to end.
  [[nodiscard]] awaitable<void> wait_always(std::string_view what);

  /// \return whether a task waited.
  bool wake_one();
  void wake_all();

  [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }

 private:
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  struct Node : Hook {
    Node() = default;
    virtual ~Node() = default;
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    virtual void resume(bool woken) = 0;  // owns itself: is gone after the call
  };
  template <class Handler>
  struct HandlerNode;
  class Parking;

  boost::intrusive::list<Node, boost::intrusive::constant_time_size<false>> waiters_;
};

}  // namespace orchestrator
