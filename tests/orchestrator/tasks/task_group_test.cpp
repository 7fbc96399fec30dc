#include "orchestrator/tasks/task_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_tree.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class TaskGroupTest : public TaskTest {
 protected:
  /// Runs a task group and notes in words what left it.
  template <class Body>
  void run_group(Body body) {
    run([&]() -> awaitable<void> {
      const auto thrown = co_await thrown_by([&] { return with_task_group(body); });
      note_time(in_words(thrown));
    });
  }
};

TEST_F(TaskGroupTest, ReturnsWhenEveryTaskHasEnded) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&] { return worker("a", 10ms); });
    group.spawn("b", [&] { return worker("b", 20ms); });
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("a done", "b done", "nothing @ 20"));
}

TEST_F(TaskGroupTest, TakesTasksWhileOthersRun) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&] { return worker("a", 10ms); });
    co_await sleep_for(15ms);
    group.spawn("b", [&] { return worker("b", 20ms); });
  });
  EXPECT_THAT(events_, ElementsAre("a done", "b done", "nothing @ 35"));
}

TEST_F(TaskGroupTest, StartsNoTaskInsideTheCallThatSpawnsIt) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&]() -> awaitable<void> {
      note("a runs");
      co_return;
    });
    note("spawned");
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("spawned", "a runs", "nothing @ 0"));
}

TEST_F(TaskGroupTest, LetsItsTasksRunInTurn) {
  const auto looper = [&](std::string name) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      note(name + std::to_string(i));
      co_await yield_now();
    }
  };
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&] { return looper("a"); });
    group.spawn("b", [&] { return looper("b"); });
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("a0", "b0", "a1", "b1", "a2", "b2", "nothing @ 0"));
}

TEST_F(TaskGroupTest, DoesNotCancelItsTasksWhenTheBodyReturns) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&] { return worker("a", 10ms); });
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("a done", "nothing @ 10"));
}

TEST_F(TaskGroupTest, GoesOnWhenOneTaskIsCancelledAlone) {
  CancelScope alone;
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&]() -> awaitable<void> { (void)co_await with_cancel_scope(alone, [&] { return sleeper("a"); }); });
    group.spawn("b", [&] { return worker("b", 20ms); });
    co_await sleep_for(10ms);
    alone.cancel(because("test"));
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "b done", "nothing @ 20"));
}

TEST_F(TaskGroupTest, CancelsTheOthersAtOnceWhenATaskFails) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [] { return fail_after(10ms, "boom"); });
    group.spawn("b", [&] { return sleeper("b"); });
    group.spawn("c", [&] { return sleeper("c"); });
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("b cancelled", "c cancelled", "[main/a: boom] @ 10"));
}

TEST_F(TaskGroupTest, CancelsItsBodyToo) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [] { return fail_after(10ms, "boom"); });
    co_await sleeper("body");
  });
  EXPECT_THAT(events_, ElementsAre("body cancelled", "[main/a: boom] @ 10"));
}

TEST_F(TaskGroupTest, CancelsTheOthersWhenATaskFailsWhileItIsJoining) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [] { return fail_after(10ms, "boom"); });
    group.spawn("b", [&] { return sleeper("b"); });
    co_await sleep_for(5ms);
    note_time("body done");
  });
  EXPECT_THAT(events_, ElementsAre("body done @ 5", "b cancelled", "[main/a: boom] @ 10"));
}

TEST_F(TaskGroupTest, CancelsItsTasksWhenItsBodyFails) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&] { return sleeper("a"); });
    co_await sleep_for(10ms);
    throw std::runtime_error("boom");
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "[main: boom] @ 10"));
}

TEST_F(TaskGroupTest, LetsTasksBeginThatWereCancelledBeforeTheirFirstTurn) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&]() -> awaitable<void> {
      note("a begins");
      co_await sleeper("a");
    });
    throw std::runtime_error("boom");
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("a begins", "a cancelled", "[main: boom] @ 0"));
}

TEST_F(TaskGroupTest, KeepsTheErrorsOfBodyAndTasks) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [] { return fail_now("boom"); });
    group.spawn("b", [] { return fail_now("bang"); });
    throw std::runtime_error("crash");
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("[main: crash, main/a: boom, main/b: bang] @ 0"));
}

TEST_F(TaskGroupTest, KeepsAllErrorsOfTheSameInstantTheFirstOneFirst) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    for (const std::string name : {"a", "b", "c"}) {
      group.spawn(name, [name] { return fail_after(10ms, name + " broke"); });
    }
    co_await sleeper("body");
  });
  EXPECT_THAT(events_, ElementsAre("body cancelled", "[main/a: a broke, main/b: b broke, main/c: c broke] @ 10"));
}

TEST_F(TaskGroupTest, KeepsTheErrorsThatAreThrownOnBeingCancelled) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [] { return fail_after(10ms, "boom"); });
    group.spawn("b", [] { return fail_when_cancelled("bang"); });
    co_await fail_when_cancelled("crash");
  });
  EXPECT_THAT(events_, ElementsAre("[main/a: boom, main: crash, main/b: bang] @ 10"));
}

TEST_F(TaskGroupTest, KeepsErrorsOfEveryType) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([] {
      return with_task_group([](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", []() -> awaitable<void> {
          throw 42;
          co_return;
        });
        group.spawn("b", []() -> awaitable<void> { throw std::out_of_range("not a coroutine"); });
        co_return;
      });
    });
    note(in_words(thrown));
    EXPECT_EQ(first<int>(thrown), 42);
    EXPECT_TRUE(first<std::out_of_range>(thrown));
    EXPECT_FALSE(first<std::bad_alloc>(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("[main/a: no std::exception, main/b: not a coroutine]"));
}

TEST_F(TaskGroupTest, SaysWhenEachErrorCameAndWhatCancelledTheOthers) {
  run([&]() -> awaitable<void> {
    try {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [] { return fail_after(10ms, "boom"); });
        group.spawn("b", [&]() -> awaitable<void> {
          const Task& task = co_await current_task();
          (void)co_await thrown_by([] { return sleep_forever(); });
          note(to_string(*task.scope().reason()));
        });
        co_return;
      });
    } catch (const TaskGroupError& error) {
      EXPECT_EQ(error.errors().front().when, loop_.loop().clock().now());
      EXPECT_STREQ(error.what(), "task 'main/a' failed: boom");
    }
  });
  EXPECT_THAT(events_, ElementsAre("sibling failed: 'main/a': boom"));
}

TEST_F(TaskGroupTest, GivesItsCancellationToNobodyOutside) {
  run([&]() -> awaitable<void> {
    (void)co_await thrown_by([] {
      return with_task_group([](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [] { return fail_now("boom"); });
        co_return;
      });
    });
    co_await sleep_for(1ms);
  });
  EXPECT_EQ(ms(), 1);
}

TEST_F(TaskGroupTest, CancelledFromOutsideEndsTasksAndBody) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] { return sleeper("a"); });
        co_await sleeper("body");
      });
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_THAT(events_, ElementsAre("body cancelled", "a cancelled"));
}

TEST_F(TaskGroupTest, CancelledFromOutsideWhileItIsJoiningEndsItsTasks) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(10ms, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        for (const std::string name : {"a", "b", "c"}) group.spawn(name, [this, name] { return sleeper(name); });
        co_return;
      });
      note("not reached");
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "b cancelled", "c cancelled"));
}

TEST_F(TaskGroupTest, WaitsForTheCleanupOfItsTasksWhenItIsCancelled) {
  run([&]() -> awaitable<void> {
    (void)co_await with_limit(10ms, [&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] {
          return with_cleanup(
              1s, [] { return sleep_forever(); }, [&] { return worker("cleanup", 100ms); });
        });
        co_return;
      });
    });
    note_time("end");
  });
  EXPECT_THAT(events_, ElementsAre("cleanup done", "end @ 110"));
}

TEST_F(TaskGroupTest, EndsQuietlyWhenItCancelsItself) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&] { return sleeper("a"); });
    co_await yield_now();
    group.cancel(because("enough"));
    group.cancel(because("again"));
    co_await sleeper("body");
  });
  EXPECT_THAT(events_, ElementsAre("body cancelled", "a cancelled", "nothing @ 0"));
}

TEST_F(TaskGroupTest, CanBeCancelledByTheTaskThatWinsARace) {
  WaitQueue start;
  run_group([&](TaskGroup& group) -> awaitable<void> {
    for (const std::string name : {"a", "b"}) {
      group.spawn(name, [&, name]() -> awaitable<void> {
        co_await start.wait("the start");
        note(name + " won");
        group.cancel(because(name));
        co_await yield_now();
        note("not reached");
      });
    }
    co_await yield_now();
    start.wake_one();
  });
  EXPECT_THAT(events_, ElementsAre("a won", "nothing @ 0"));
}

TEST_F(TaskGroupTest, KeepsAnErrorThatComesWithItsOwnCancellation) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&]() -> awaitable<void> {
      group.cancel(because("first"));
      throw std::runtime_error("boom");
      co_return;
    });
    co_await sleep_forever();
  });
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.cancel(because("first"));
    throw std::runtime_error("crash");
    co_return;
  });
  EXPECT_THAT(events_, ElementsAre("[main/a: boom] @ 0", "[main: crash] @ 0"));
}

TEST_F(TaskGroupTest, PassesLevelsOnToItsTasks) {
  const auto level = [](const Task& task) { return std::string(to_string(task.scope().seen_level())); };
  run_group([&](TaskGroup& group) -> awaitable<void> {
    group.spawn("a", [&]() -> awaitable<void> {
      const Task& task = co_await current_task();
      (void)co_await thrown_by([] { return sleep_forever(); });
      note(level(task));
      (void)co_await with_shield(1s, [] { return sleep_for(10ms); });
      note(level(task));
    });
    co_await yield_now();
    group.cancel(because("test"), CancelLevel::Stop);
    (void)co_await with_shield(1s, [] { return sleep_for(5ms); });
    group.cancel(because("test"), CancelLevel::Kill);
  });
  EXPECT_THAT(events_, ElementsAre("stop", "kill", "nothing @ 10"));
}

TEST_F(TaskGroupTest, LooksForNoCancellationWhenNothingInItSuspends) {
  run([&]() -> awaitable<void> {
    CancelScope scope;
    scope.cancel(because("test"));
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      co_await with_task_group([](TaskGroup&) -> awaitable<void> { co_return; });
      co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&]() -> awaitable<void> {
          note("a ran");
          co_return;
        });
        co_return;
      });
      note("through");
    });
    EXPECT_EQ(end, ScopeEnd::Finished);
  });
  EXPECT_THAT(events_, ElementsAre("a ran", "through"));
}

TEST_F(TaskGroupTest, GivesATaskThatSwallowsItsCancellationTheNextOne) {
  run([&]() -> awaitable<void> {
    (void)co_await with_limit(10ms, [&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&]() -> awaitable<void> {
          for (int i = 0; i < 3; ++i) note(in_words(co_await thrown_by([] { return sleep_forever(); })));
        });
        co_return;
      });
    });
  });
  EXPECT_THAT(events_, ElementsAre("cancelled", "cancelled", "cancelled"));
  EXPECT_EQ(ms(), 10);
}

TEST_F(TaskGroupTest, ForgetsTasksThatHaveEnded) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      co_await sleep_for(10ms);
      group.spawn("a", [] { return sleep_for(25ms); });
      EXPECT_LE(group.running(), 3U);
    }
    co_await sleep_for(30ms);
    EXPECT_EQ(group.running(), 0U);
    EXPECT_EQ(task_tree(loop_.loop()), "main  0.1 s\n");
  });
}

struct Witness {
  explicit Witness(std::vector<std::string>& events, std::string name) : events_(&events), name_(std::move(name)) {}
  Witness(Witness&& other) noexcept : events_(std::exchange(other.events_, nullptr)), name_(std::move(other.name_)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (events_) events_->push_back(name_ + " gone");
  }
  std::vector<std::string>* events_;
  std::string name_;
};

TEST_F(TaskGroupTest, DestroysWhatATaskHoldsBeforeTheTaskCountsAsEnded) {
  run_group([&](TaskGroup& group) -> awaitable<void> {
    auto returns = [&, held = Witness(events_, "a")]() -> awaitable<void> { co_await sleep_for(1ms); };
    auto throws = [&, held = Witness(events_, "b")]() -> awaitable<void> {
      Witness local(events_, "local");
      co_await sleep_forever();
    };
    group.spawn("a", std::move(returns));
    group.spawn("b", std::move(throws));
    while (group.running() == 2) co_await sleep_for(1ms);
    note("a ended");
    group.cancel(because("test"));
  });
  EXPECT_THAT(events_, ElementsAre("a gone", "a ended", "local gone", "b gone", "nothing @ 2"));
}

using TaskGroupDeathTest = TaskGroupTest;

TEST_F(TaskGroupDeathTest, AbortsWhenItIsLeftBeforeItsTasksAreJoined) {
  EXPECT_DEATH(run([]() -> awaitable<void> {
                 TaskGroup group(co_await current_task(), OnFailure::CancelSiblings);
                 group.spawn("a", [] { return sleep_forever(); });
               }),
               "left before its tasks were joined");
}

}  // namespace
}  // namespace orchestrator::test
