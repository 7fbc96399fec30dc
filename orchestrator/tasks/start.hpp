#pragma once
#include <cassert>
#include <exception>
#include <optional>
#include <utility>

#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// What `TaskGroup::start` waits for.
struct StartState {
  WaitQueue changed;
  std::exception_ptr error;  ///< what the task threw before it was ready
  bool ready = false;
  bool ended = false;

  void set_ready() {
    ready = true;
    changed.wake_all();
  }
  void set_ended(std::exception_ptr thrown) {
    ended = true;
    error = std::move(thrown);
    changed.wake_all();
  }
};

/// Given to a task that was begun with `TaskGroup::start`, and lives as long as it does.
template <class T>
class Started {
 public:
  /// The starter goes on with `value`. To be called once.
  void set(T value) {
    assert(!state_.ready);
    value_.emplace(std::move(value));
    state_.set_ready();
  }

  [[nodiscard]] StartState& state() noexcept { return state_; }
  [[nodiscard]] T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  StartState state_;
};

}  // namespace orchestrator
