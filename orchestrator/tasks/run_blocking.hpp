#pragma once
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>

#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

/// Runs `work` in a thread of the loop's pool and gives what it returns or throws.
///
/// `work` must own all that it uses and must end by itself.
/// Cancellation: the call returns at once; the work goes on in its thread and its result is dropped.
template <class Work>
[[nodiscard]] awaitable<std::invoke_result_t<Work&>> run_blocking(Work work) {
  using Value = std::invoke_result_t<Work&>;
  constexpr bool kGivesValue = !std::is_void_v<Value>;
  struct State {
    explicit State(Work w) : work(std::move(w)) {}
    Work work;
    std::optional<std::conditional_t<kGivesValue, Value, bool>> value{};
    std::exception_ptr error{};
    WaitQueue* waiter = nullptr;
  };

  Task& task = task_of(co_await asio::this_coro::executor);
  task.throw_if_cancelled();
  auto state = std::make_shared<State>(std::move(work));
  auto in_thread = [state] {
    try {
      if constexpr (kGivesValue) {
        state->value.emplace(state->work());
      } else {
        state->work();
        state->value = true;
      }
    } catch (...) {
      state->error = std::current_exception();
    }
  };
  auto on_loop = [state] {
    if (state->waiter) state->waiter->wake_all();
  };
  task.loop().blocking().submit(std::move(in_thread), std::move(on_loop));

  WaitQueue finished;
  struct Attached {
    Attached(State& s, WaitQueue& queue) : state(s) { state.waiter = &queue; }
    ~Attached() { state.waiter = nullptr; }
    State& state;
  } attached(*state, finished);
  co_await finished.wait("blocking work");
  if (state->error) std::rethrow_exception(state->error);
  if constexpr (kGivesValue) co_return std::move(*state->value);
}

}  // namespace orchestrator
