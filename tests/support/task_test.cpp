#include "tests/support/task_test.hpp"

#include <stdexcept>

#include "orchestrator/tasks/sleep.hpp"

namespace orchestrator::test {

awaitable<void> TaskTest::sleeper(std::string name) {
  try {
    co_await sleep_forever();
  } catch (const Cancelled&) {
    note(name + " cancelled");
    throw;
  }
}

awaitable<void> TaskTest::worker(std::string name, Duration duration) {
  co_await sleep_for(duration);
  note(name + " done");
}

CancelReason because(std::string detail) { return CancelReason{CancelCause::Operator, std::move(detail)}; }

awaitable<void> fail_now(std::string text) {
  throw std::runtime_error(text);
  co_return;
}

awaitable<void> fail_after(Duration delay, std::string text) {
  co_await sleep_for(delay);
  throw std::runtime_error(text);
}

awaitable<void> fail_when_cancelled(std::string text) {
  try {
    co_await sleep_forever();
  } catch (const Cancelled&) {
    throw std::runtime_error(text);
  }
}

std::string in_words(const std::exception_ptr& error) {
  if (!error) return "nothing";
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled&) {
    return "cancelled";
  } catch (const TaskGroupError& group) {
    std::string text;
    for (const TaskError& entry : group.errors()) {
      text += (text.empty() ? "[" : ", ") + entry.path + ": " + in_words(entry.error);
    }
    return text + "]";
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "no std::exception";
  }
}

}  // namespace orchestrator::test
