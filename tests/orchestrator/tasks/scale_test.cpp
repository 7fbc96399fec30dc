// Many tasks, deep nesting: that nothing recurses, and that nothing grows faster than it must.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/cleanup.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_tree.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

constexpr int kDeep = 10'000;

class ScaleTest : public TaskTest {
 protected:
  /// `depth` scopes and groups around `inside`, all in one task.
  [[nodiscard]] awaitable<void> nested(int depth, std::function<awaitable<void>()> inside) {
    if (depth == 0) {
      co_await inside();
      co_return;
    }
    CancelScope scope;
    (void)co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      co_await with_task_group([&](TaskGroup&) -> awaitable<void> { co_await nested(depth - 1, inside); });
    });
  }

  /// A chain of `depth` tasks, each the child of the one before; the last one runs `inside`.
  [[nodiscard]] awaitable<void> chain(int depth, std::function<awaitable<void>()> inside) {
    if (depth == 0) {
      co_await inside();
      co_return;
    }
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("t", [&] { return chain(depth - 1, inside); });
      co_return;
    });
  }
};

TEST_F(ScaleTest, TenThousandNestedScopesAndGroupsEndInOrder) {
  run([&] { return nested(kDeep, [&] { return worker("inside", 5ms); }); });
  EXPECT_THAT(events_, ::testing::ElementsAre("inside done"));
}

TEST_F(ScaleTest, TenThousandNestedScopesAndGroupsAreCancelledAtOnce) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end =
        co_await with_limit(5ms, [&] { return nested(kDeep, [&] { return sleeper("inside"); }); });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 5);
  EXPECT_THAT(events_, ::testing::ElementsAre("inside cancelled"));
}

TEST_F(ScaleTest, TenThousandNestedTasksAreCancelledAtOnce) {
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(5ms, [&] {
      return chain(kDeep, [&]() -> awaitable<void> {
        const Task& task = co_await current_task();
        EXPECT_EQ(task.path().size(), 4U + 2U * kDeep);
        co_await sleeper("inside");
      });
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(ms(), 5);
}

TEST_F(ScaleTest, AnErrorLeavesAThousandNestedTasks) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] { return chain(1'000, [] { return fail_now("boom"); }); });
    EXPECT_EQ(describe(thrown), "boom");
    const auto error = first<TaskGroupError>(thrown);
    EXPECT_EQ(error->flatten().size(), 1U);
    EXPECT_EQ(error->first_path().size(), 4U + 2U * 1'000U);
    EXPECT_TRUE(first<std::runtime_error>(thrown));
  });
}

TEST_F(ScaleTest, TheTreeOfAThousandNestedTasksCanBeShown) {
  run([&] {
    return chain(1'000, [&]() -> awaitable<void> {
      const std::string tree = task_tree(loop_.loop());
      EXPECT_EQ(std::count(tree.begin(), tree.end(), '\n'), 1'001);
      co_return;
    });
  });
}

TEST_F(ScaleTest, AThousandTasksAreCancelledAtOnceAndRunTheirCleanups) {
  int cleaned = 0;
  run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(5ms, [&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        for (int i = 0; i < 1'000; ++i) {
          group.spawn("a", [&] {
            return with_cleanup(
                1s, [] { return sleep_forever(); },
                [&]() -> awaitable<void> {
                  co_await sleep_for(10ms);
                  ++cleaned;
                });
          });
        }
        co_return;
      });
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(cleaned, 1'000);
  EXPECT_EQ(ms(), 15);
}

TEST_F(ScaleTest, AThousandTasksThatFailTogetherAreAllReported) {
  run([&]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([&] {
      return with_task_group([&](TaskGroup& group) -> awaitable<void> {
        for (int i = 0; i < 1'000; ++i) group.spawn("a", [] { return fail_after(5ms, "boom"); });
        co_return;
      });
    });
    EXPECT_EQ(first<TaskGroupError>(thrown)->errors().size(), 1'000U);
    EXPECT_STREQ(first<TaskGroupError>(thrown)->what(), "task 'main/a' failed: boom (and 999 more)");
  });
}

TEST_F(ScaleTest, TenThousandTasksOneAfterTheOtherLeaveNothingInTheGroup) {
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 10'000; ++i) {
        group.spawn("a", []() -> awaitable<void> { co_return; });
        while (group.running() > 0) co_await yield_now();
      }
      EXPECT_EQ(task_tree(loop_.loop()), "main  0 s\n");
    });
  });
}

TEST_F(ScaleTest, AThousandTasksShareALimiterInTheOrderOfTheirComing) {
  Limiter limiter("test", 10);
  std::vector<int> order;
  run([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 1'000; ++i) {
        group.spawn("a", [&, i]() -> awaitable<void> {
          const LimiterSlot slot = co_await limiter.acquire();
          order.push_back(i);
          co_await sleep_for(1ms);
        });
      }
      co_return;
    });
  });
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(ms(), 100);
}

}  // namespace
}  // namespace orchestrator::test
