#pragma once
#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/support/tidy_test.hpp"
#include "tests/support/virtual_loop.hpp"

namespace orchestrator::test {

/// The fixture of tests about tasks: a loop in virtual time, and a list of what happened.
class TaskTest : public TidyTest {
 protected:
  template <class Body>
  void run(Body body) {
    loop_.run(std::move(body));
  }

  [[nodiscard]] long ms() const { return static_cast<long>(loop_.ms().count()); }

  void note(std::string event) { events_.push_back(std::move(event)); }
  /// "event @ 250": with the milliseconds that have passed.
  void note_time(const std::string& event) { note(event + " @ " + std::to_string(ms())); }

  /// Waits for ever, and notes it when it is cancelled.
  [[nodiscard]] awaitable<void> sleeper(std::string name);
  /// Waits, and notes it when that is over.
  [[nodiscard]] awaitable<void> worker(std::string name, Duration duration);

  VirtualLoop loop_;
  std::vector<std::string> events_;
};

/// A reason for tests.
[[nodiscard]] CancelReason because(std::string detail);

[[nodiscard]] awaitable<void> fail_now(std::string text);
[[nodiscard]] awaitable<void> fail_after(Duration delay, std::string text);
/// Fails as soon as it is cancelled.
[[nodiscard]] awaitable<void> fail_when_cancelled(std::string text);

/// Runs `body` and gives what it threw, `Cancelled` too.
template <class Body>
[[nodiscard]] awaitable<std::exception_ptr> thrown_by(Body body) {
  std::exception_ptr thrown;
  try {
    co_await body();
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return thrown;
}

/// In words: "nothing", "cancelled", "boom"; a TaskGroupError is "[main/a: boom, main: [main/b: bang]]".
[[nodiscard]] std::string in_words(const std::exception_ptr& error);

}  // namespace orchestrator::test
