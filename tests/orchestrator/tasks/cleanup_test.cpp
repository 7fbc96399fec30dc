#include "orchestrator/tasks/cleanup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class CleanupTest : public TaskTest {
 protected:
  /// Runs `body` with a cleanup; notes what left it.
  template <class Body, class Cleanup>
  [[nodiscard]] awaitable<void> note_cleanup(Duration limit, Body body, Cleanup cleanup) {
    const auto thrown = co_await thrown_by([&] { return with_cleanup(limit, body, cleanup); });
    note_time(in_words(thrown));
  }

  /// Cancels a scope around `body` with `level` after `when`.
  template <class Body>
  [[nodiscard]] awaitable<void> cancelled_at(Duration when, CancelLevel level, Body body) {
    CancelScope scope;
    Clock& clock = loop_.loop().clock();
    const Alarm alarm = clock.call_at(clock.now() + when, [&] { scope.cancel(because("outer"), level); });
    (void)co_await with_cancel_scope(scope, std::move(body));
  }

  [[nodiscard]] auto cleaning(Duration duration) {
    return [this, duration] { return worker("cleanup", duration); };
  }
};

TEST_F(CleanupTest, RunsWhenTheWorkIsDone) {
  run([&] { return note_cleanup(1s, [&] { return worker("work", 10ms); }, cleaning(5ms)); });
  EXPECT_THAT(events_, ElementsAre("work done", "cleanup done", "nothing @ 15"));
}

TEST_F(CleanupTest, RunsWhenTheWorkFailsWhoseErrorLeaves) {
  run([&] { return note_cleanup(1s, [] { return fail_after(10ms, "boom"); }, cleaning(5ms)); });
  EXPECT_THAT(events_, ElementsAre("cleanup done", "boom @ 15"));
}

TEST_F(CleanupTest, RunsWhenTheWorkIsCancelled) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Stop,
                        [&] { return note_cleanup(1s, [&] { return sleeper("work"); }, cleaning(5ms)); });
  });
  EXPECT_THAT(events_, ElementsAre("work cancelled", "cleanup done", "cancelled @ 15"));
}

TEST_F(CleanupTest, RunsWhenAllWasCancelledBeforeTheWorkBegan) {
  run([&] {
    return cancelled_at(0ms, CancelLevel::Stop, [&]() -> awaitable<void> {
      (void)co_await thrown_by([] { return sleep_forever(); });
      co_await note_cleanup(1s, [&] { return sleeper("work"); }, cleaning(5ms));
    });
  });
  EXPECT_THAT(events_, ElementsAre("work cancelled", "cleanup done", "cancelled @ 5"));
}

TEST_F(CleanupTest, IsNotDisturbedByACancellationThatIsThereAfterIt) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Stop, [&]() -> awaitable<void> {
      co_await note_cleanup(1s, [&] { return worker("work", 5ms); }, cleaning(50ms));
      co_await sleeper("later work");
    });
  });
  EXPECT_THAT(events_, ElementsAre("work done", "cleanup done", "nothing @ 55", "later work cancelled"));
}

TEST_F(CleanupTest, IsEndedAtItsLimit) {
  run([&] { return note_cleanup(100ms, [&] { return worker("work", 5ms); }, [&] { return sleeper("cleanup"); }); });
  EXPECT_THAT(events_, ElementsAre("work done", "cleanup cancelled",
                                   "cleanup did not end within its limit of 0.1 s @ 105"));
}

TEST_F(CleanupTest, IsCutShortButNotSkippedByAKill) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Kill,
                        [&] { return note_cleanup(30s, [] { return sleep_forever(); }, [] { return sleep_forever(); }); });
  });
  EXPECT_THAT(events_, ElementsAre("cleanup did not end within its limit of 2 s after a kill @ 2010"));
}

TEST_F(CleanupTest, UnderWayIsCutShortByAKill) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Kill,
                        [&] { return note_cleanup(30s, [] { return sleep_for(1ms); }, [] { return sleep_forever(); }); });
  });
  EXPECT_THAT(events_, ElementsAre("cleanup did not end within its limit of 2 s after a kill @ 2010"));
}

TEST_F(CleanupTest, ThatFailsLeavesItsErrorWhenTheWorkHadNone) {
  run([&] { return note_cleanup(1s, [&] { return worker("work", 5ms); }, [] { return fail_now("bang"); }); });
  EXPECT_THAT(events_, ElementsAre("work done", "bang @ 5"));
}

TEST_F(CleanupTest, ThatFailsAfterAFailureKeepsBothErrors) {
  run([&] { return note_cleanup(1s, [] { return fail_now("boom"); }, [] { return fail_now("bang"); }); });
  EXPECT_THAT(events_, ElementsAre("[main: boom, main/cleanup: bang] @ 0"));
}

TEST_F(CleanupTest, ThatFailsAfterACancellationLeavesItsErrorAndTheCancellationPending) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Stop, [&]() -> awaitable<void> {
      co_await note_cleanup(1s, [] { return sleep_forever(); }, [] { return fail_now("bang"); });
      co_await sleeper("later work");
    });
  });
  EXPECT_THAT(events_, ElementsAre("bang @ 10", "later work cancelled"));
}

TEST_F(CleanupTest, InsideAnotherRunsFirst) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Stop, [&] {
      return note_cleanup(
          1s,
          [&] {
            return with_cleanup(1s, [] { return sleep_forever(); }, [&] { return worker("inner", 5ms); });
          },
          [&] { return worker("outer", 5ms); });
    });
  });
  EXPECT_THAT(events_, ElementsAre("inner done", "outer done", "cancelled @ 20"));
}

TEST_F(CleanupTest, MayRunTasksOfItsOwn) {
  run([&] {
    return cancelled_at(10ms, CancelLevel::Stop, [&] {
      return note_cleanup(
          1s, [] { return sleep_forever(); },
          [&] {
            return with_task_group([&](TaskGroup& group) -> awaitable<void> {
              group.spawn("a", [&] { return worker("a", 5ms); });
              group.spawn("b", [&] { return worker("b", 5ms); });
              co_return;
            });
          });
    });
  });
  EXPECT_THAT(events_, ElementsAre("a done", "b done", "cancelled @ 15"));
}

TEST_F(CleanupTest, OfATaskRunsWhenASiblingFails) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        group.spawn("a", [&] { return with_cleanup(1s, [&] { return sleeper("a"); }, cleaning(5ms)); });
        group.spawn("b", [] { return fail_after(1ms, "boom"); });
        co_return;
      });
    });
    note_time(in_words(thrown));
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled", "cleanup done", "[main/b: boom] @ 6"));
}

}  // namespace
}  // namespace orchestrator::test
