#include "orchestrator/tasks/loop.hpp"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class LoopTest : public TaskTest {};

TEST_F(LoopTest, RunsItsFirstTaskToItsEnd) {
  run([&]() -> awaitable<void> {
    EXPECT_TRUE(loop_.loop().first_task_running());
    const Task& task = co_await current_task();
    EXPECT_EQ(&task, loop_.loop().root_task());
    EXPECT_EQ(task.parent(), nullptr);
    co_await sleep_for(5ms);
  });
  EXPECT_EQ(ms(), 5);
  EXPECT_EQ(loop_.loop().root_task(), nullptr);
}

TEST_F(LoopTest, ThrowsWhatItsFirstTaskThrows) {
  EXPECT_THROW(run([] { return fail_after(5ms, "boom"); }), std::runtime_error);
  EXPECT_EQ(loop_.loop().root_task(), nullptr);
}

TEST_F(LoopTest, EndsQuietlyWhenAllOfItIsCancelled) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("a", [&] { return sleeper("a"); });
      co_await sleep_for(5ms);
      loop_.loop().root_scope().cancel(because("test"));
    });
    note("not reached");
  });
  EXPECT_THAT(events_, ElementsAre("a cancelled"));
}

TEST_F(LoopTest, RunsAgainAndAgain) {
  for (int i = 0; i < 3; ++i) {
    run([&]() -> awaitable<void> {
      co_await sleep_for(5ms);
      loop_.loop().root_scope().cancel(because("test"));  // of this run only
      co_await sleeper(std::to_string(i));
    });
    EXPECT_THROW(run([] { return fail_now("boom"); }), std::runtime_error);
  }
  EXPECT_THAT(events_, ElementsAre("0 cancelled", "1 cancelled", "2 cancelled"));
  EXPECT_EQ(ms(), 15);
}

TEST_F(LoopTest, CanBeCancelledFromWhereItIsTurned) {
  // Not in a handler: the cancellation must not come later, when the task may be in a shield.
  FakeClock clock;
  std::vector<std::string> events;
  bool cancelled = false;
  Loop loop(clock, [&](Loop& turned) {
    while (turned.first_task_running()) {
      turned.io().restart();
      while (turned.io().poll_one() > 0) {
      }
      if (!std::exchange(cancelled, true)) turned.root_scope().cancel(because("from the driver"));
      clock.jump();
    }
  });
  loop.run("main", [&]() -> awaitable<void> {
    events.push_back(in_words(co_await thrown_by([] { return sleep_forever(); })));
    EXPECT_EQ(co_await with_shield(1s, [] { return sleep_for(10ms); }), ScopeEnd::Finished);
    events.push_back("shield over");
  });
  EXPECT_THAT(events, ElementsAre("cancelled", "shield over"));
}

class LoopThreadsTest : public TidyTest {};

TEST_F(LoopThreadsTest, TakesACancellationFromAnotherThread) {
  RealLoop loop;
  std::thread other;
  loop.run([&]() -> awaitable<void> {
    other = std::thread([&loop] {
      loop.loop().post([&loop] { loop.loop().root_scope().cancel(because("another thread"), CancelLevel::Kill); });
    });
    const Task& task = co_await current_task();
    EXPECT_EQ(in_words(co_await thrown_by([] { return sleep_forever(); })), "cancelled");
    EXPECT_EQ(task.scope().reason()->detail, "another thread");
    EXPECT_EQ(task.scope().seen_level(), CancelLevel::Kill);
  });
  other.join();
}

TEST_F(LoopThreadsTest, TakesSpawnsFromManyThreads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  RealLoop loop;
  std::vector<std::thread> threads;
  int ran = 0;
  loop.run([&]() -> awaitable<void> {
    WaitQueue all_ran;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      const auto post_all = [&] {
        for (int i = 0; i < kEach; ++i) {
          loop.loop().post([&] {
            group.spawn("a", [&]() -> awaitable<void> {
              if (++ran == kThreads * kEach) all_ran.wake_all();
              co_return;
            });
          });
        }
      };
      for (int i = 0; i < kThreads; ++i) threads.emplace_back(post_all);
      while (ran < kThreads * kEach) co_await all_ran.wait("the last task");
    });
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, kThreads * kEach);
}

}  // namespace
}  // namespace orchestrator::test
