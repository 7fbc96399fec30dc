#include "orchestrator/tasks/run_blocking.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

class RunBlockingTest : public TidyTest {};

/// Work that goes on until it is let go.
class Gate {
 public:
  void open() { opened_.set_value(); }
  [[nodiscard]] auto work() {
    return [gate = gate_] { gate.wait(); };
  }

 private:
  std::promise<void> opened_;
  std::shared_future<void> gate_ = opened_.get_future().share();
};

TEST_F(RunBlockingTest, GivesWhatTheWorkReturns) {
  const auto loop_thread = std::this_thread::get_id();
  run_for_real([&]() -> awaitable<void> {
    const auto id = co_await run_blocking([] { return std::this_thread::get_id(); });
    EXPECT_NE(id, loop_thread);
    EXPECT_EQ(std::this_thread::get_id(), loop_thread);
    const auto moved = co_await run_blocking([] { return std::make_unique<int>(7); });
    EXPECT_EQ(*moved, 7);
    co_await run_blocking([] {});
  });
}

TEST_F(RunBlockingTest, ThrowsWhatTheWorkThrows) {
  run_for_real([]() -> awaitable<void> {
    const auto thrown = co_await thrown_by([]() -> awaitable<void> {
      co_await run_blocking([] { throw std::runtime_error("boom"); });
    });
    EXPECT_EQ(in_words(thrown), "boom");
  });
}

TEST_F(RunBlockingTest, LetsTheLoopGoOnMeanwhile) {
  Gate gate;
  run_for_real([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("blocking", [&]() -> awaitable<void> {
        auto work = gate.work();
        co_await run_blocking(std::move(work));
      });
      co_await sleep_for(1ms);
      gate.open();
    });
  });
}

TEST_F(RunBlockingTest, RunsMoreWorkThanItHasThreads) {
  std::atomic<int> done = 0;
  run_for_real([&]() -> awaitable<void> {
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 100; ++i) {
        group.spawn("work", [&]() -> awaitable<void> { co_await run_blocking([&] { ++done; }); });
      }
      co_return;
    });
    EXPECT_EQ(done, 100);
  });
}

TEST_F(RunBlockingTest, CancelledReturnsAtOnceAndDropsTheResultOfTheWork) {
  Gate gate;
  std::promise<void> destroyed;
  auto when_destroyed = destroyed.get_future();
  struct Result {
    explicit Result(std::promise<void>* p) : promise(p) {}
    Result(Result&& other) noexcept : promise(std::exchange(other.promise, nullptr)) {}
    ~Result() {
      if (promise) promise->set_value();
    }
    std::promise<void>* promise;
  };
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(1ms, [&]() -> awaitable<void> {
      auto work = [wait = gate.work(), &destroyed]() -> Result {
        wait();
        return Result(&destroyed);
      };
      (void)co_await run_blocking(std::move(work));
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
    EXPECT_EQ(loop.loop().blocking().outstanding(), 1U);
    gate.open();
    while (loop.loop().blocking().outstanding() > 0) co_await yield_now();
  });
  EXPECT_EQ(when_destroyed.wait_for(0s), std::future_status::ready);
}

TEST_F(RunBlockingTest, OutlivesALoopThatDoesNotWaitForIt) {
  Gate gate;
  auto held = std::make_shared<int>(7);
  const std::weak_ptr<int> watch = held;
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    auto work = [&loop = loop.loop(), wait = gate.work(), held = std::move(held)] {
      loop.post([&loop] { loop.root_scope().cancel(because("begun")); });
      wait();
    };
    co_await run_blocking(std::move(work));
  });
  EXPECT_FALSE(watch.expired()) << "what the work uses must live as long as it runs";
  gate.open();
}

TEST_F(RunBlockingTest, WorksInVirtualTimeWhichStandsStillMeanwhile) {
  VirtualLoop loop;
  loop.run([]() -> awaitable<void> {
    EXPECT_EQ(co_await run_blocking([] { return 7; }), 7);
    co_await sleep_for(1h);
    EXPECT_EQ(co_await run_blocking([] { return 8; }), 8);
  });
  EXPECT_EQ(loop.elapsed(), 1h);
}

}  // namespace
}  // namespace orchestrator::test
