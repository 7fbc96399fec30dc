#pragma once
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

class Task;

/// The loop's executor, tagged with the task whose coroutines it runs, so that a coroutine can find
/// the task that it belongs to. The tag is never followed here: objects made with such an executor
/// may outlive the task.
template <class Inner>
class TaggedExecutor {
 public:
  TaggedExecutor(Inner inner, Task* task) noexcept : inner_(std::move(inner)), task_(task) {}

  [[nodiscard]] Task* task() const noexcept { return task_; }
  [[nodiscard]] const Inner& inner() const noexcept { return inner_; }

  template <class Property>
    requires asio::can_query<const Inner&, Property>::value
  [[nodiscard]] decltype(auto) query(const Property& property) const
      noexcept(asio::is_nothrow_query<const Inner&, Property>::value) {
    return asio::query(inner_, property);
  }

  template <class Property>
    requires asio::can_require<const Inner&, Property>::value
  [[nodiscard]] auto require(const Property& property) const {
    using Required = std::decay_t<decltype(asio::require(inner_, property))>;
    return TaggedExecutor<Required>(asio::require(inner_, property), task_);
  }

  template <class Property>
    requires(asio::can_prefer<const Inner&, Property>::value && !asio::can_require<const Inner&, Property>::value)
  [[nodiscard]] auto prefer(const Property& property) const {
    using Preferred = std::decay_t<decltype(asio::prefer(inner_, property))>;
    return TaggedExecutor<Preferred>(asio::prefer(inner_, property), task_);
  }

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute(std::forward<Function>(function));
  }

  friend bool operator==(const TaggedExecutor& a, const TaggedExecutor& b) noexcept {
    return a.task_ == b.task_ && a.inner_ == b.inner_;
  }
  friend bool operator!=(const TaggedExecutor& a, const TaggedExecutor& b) noexcept { return !(a == b); }

 private:
  Inner inner_;
  Task* task_;
};

using TaskExecutor = TaggedExecutor<asio::io_context::executor_type>;

}  // namespace orchestrator
