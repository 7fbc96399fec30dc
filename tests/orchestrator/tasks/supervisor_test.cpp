// with_supervisor: tasks that fail without taking the others along.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class SupervisorTest : public TaskTest {
 protected:
  void note_outcomes(const std::vector<TaskOutcome>& outcomes) {
    for (const TaskOutcome& outcome : outcomes) {
      using End = TaskOutcome::End;
      const char* end = outcome.end == End::Succeeded ? "succeeded" : outcome.end == End::Cancelled ? "cancelled" : "failed";
      note(outcome.name + " " + end + (outcome.error ? ": " + in_words(outcome.error) : ""));
    }
  }
};

TEST_F(SupervisorTest, LetsTheOthersGoOnWhenATaskFails) {
  run([&]() -> awaitable<void> {
    const auto outcomes = co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return worker("a", 30ms); });
      group.spawn("b", [] { return fail_after(10ms, "boom"); });
      group.spawn("c", [&] { return worker("c", 20ms); });
      co_return;
    });
    note_time("over");
    note_outcomes(outcomes);
  });
  EXPECT_THAT(events_, ElementsAre("c done", "a done", "over @ 30", "a succeeded", "b failed: boom", "c succeeded"));
}

TEST_F(SupervisorTest, GivesTheOutcomesInTheOrderOfSpawning) {
  run([&]() -> awaitable<void> {
    const auto outcomes = co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
      for (int i = 5; i > 0; --i) {
        group.spawn(std::to_string(i), [i] { return sleep_for(i * 1ms); });
      }
      co_return;
    });
    note_outcomes(outcomes);
  });
  EXPECT_THAT(events_, ElementsAre("5 succeeded", "4 succeeded", "3 succeeded", "2 succeeded", "1 succeeded"));
}

TEST_F(SupervisorTest, GivesNoOutcomesWithoutTasks) {
  run([]() -> awaitable<void> {
    const auto outcomes = co_await with_supervisor([](TaskGroup&) -> awaitable<void> { co_return; });
    EXPECT_TRUE(outcomes.empty());
  });
}

TEST_F(SupervisorTest, CancelsItsTasksWhenItsBodyFails) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&]() -> awaitable<void> {
      (void)co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] { return sleeper("a"); });
        co_await fail_after(1ms, "crash");
      });
    });
    note(in_words(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "[main: crash]"));
}

TEST_F(SupervisorTest, GivesEveryOutcomeWhenItIsCancelledAndLeavesTheCancellationPending) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
      const auto outcomes = co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] { return worker("a", 5ms); });
        group.spawn("b", [] { return fail_after(5ms, "boom"); });
        group.spawn("c", [] { return sleep_forever(); });
        group.spawn("d", [] { return fail_when_cancelled("bang"); });
        co_return;
      });
      note_outcomes(outcomes);
      co_await sleeper("body");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_THAT(events_, ElementsAre("a done", "a succeeded", "b failed: boom", "c cancelled", "d failed: bang",
                                   "body cancelled"));
}

TEST_F(SupervisorTest, ThrowsWhenItsBodyIsCutOff) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
      (void)co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] { return sleeper("a"); });
        co_await sleep_forever();
        group.spawn("never", [&] { return sleeper("never"); });
      });
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled"));
}

TEST_F(SupervisorTest, CancelsItselfQuietly) {
  run([&]() -> awaitable<void> {
    const auto outcomes = co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return sleeper("a"); });
      co_await yield_now();
      group.cancel(because("enough"));
    });
    note_outcomes(outcomes);
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "a cancelled"));
}

TEST_F(SupervisorTest, KeepsTheErrorOfAGroupInsideATaskWhole) {
  run([&]() -> awaitable<void> {
    const auto outcomes = co_await with_supervisor([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [] {
        return with_task_group([](TaskGroup& inner) -> awaitable<void> {
          inner.spawn("b", [] { return fail_now("boom"); });
          inner.spawn("c", [] { return fail_now("bang"); });
          co_return;
        });
      });
      co_return;
    });
    note_outcomes(outcomes);
  });
  EXPECT_THAT(events_, ElementsAre("a failed: [main/a/b: boom, main/a/c: bang]"));
}

}  // namespace
}  // namespace orchestrator::test
