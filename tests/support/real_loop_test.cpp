#include "tests/support/real_loop.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>
#include <utility>

#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

class RealLoopTest : public TidyTest {};

TEST_F(RealLoopTest, FailsWithTheTaskTreeAtItsBound) {
  RealLoop loop;
  const auto body = []() -> awaitable<void> {
    co_await with_task_group([](TaskGroup& group) -> awaitable<void> {
      group.spawn("stuck", []() -> awaitable<void> { co_await sleep_forever(); });
      co_return;
    });
  };
  try {
    loop.run(body, 100ms);
    FAIL() << "did not notice";
  } catch (const TestTimeout& timeout) {
    EXPECT_NE(std::string(timeout.what()).find("  stuck  "), std::string::npos) << timeout.what();
  }
}

TEST_F(RealLoopTest, MeasuresAHandlerThatBlocks) {
  RealLoop loop;
  loop.run([]() -> awaitable<void> {
    co_await yield_now();
    std::this_thread::sleep_for(20ms);
    co_await yield_now();
  });
  EXPECT_GE(loop.watch().longest(), 20ms);
  EXPECT_NE(loop.watch().tree_after_longest().find("main"), std::string::npos);
}

TEST_F(RealLoopTest, MeasuresAHandlerThatComputes) {
  RealLoop loop;
  loop.run([]() -> awaitable<void> {
    co_await yield_now();
    timespec used{};
    const auto cpu = [&used] {
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
      return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    };
    for (const auto end = cpu() + 20ms; cpu() < end;) {
    }
    co_await yield_now();
  });
  EXPECT_GE(loop.watch().longest(), 19ms);
}

TEST_F(RealLoopTest, DoesNotCountTheTimeThatTheLoopWaits) {
  RealLoop loop;
  loop.run([]() -> awaitable<void> { co_await sleep_for(60ms); });
  EXPECT_LT(loop.watch().longest(), 60ms);
}

TEST_F(RealLoopTest, FailsATestWhoseHandlerHeldTheLoop) {
  RealLoop loop;
  EXPECT_NONFATAL_FAILURE(loop.run([]() -> awaitable<void> {
                            std::this_thread::sleep_for(kHandlerLimit + 10ms);
                            co_return;
                          }),
                          "a handler held the loop for");
}

TEST_F(RealLoopTest, DoesNotWaitForBlockingWorkThatWasAbandoned) {
  std::promise<void> go_on;
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    const ScopeEnd end = co_await with_limit(1ms, [&]() -> awaitable<void> {
      auto work = [gone_on = go_on.get_future().share()] { gone_on.wait(); };
      co_await run_blocking(std::move(work));
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  go_on.set_value();
}

/// Leaves things behind, out of reach of the check of the test that makes it.
class Untidy : public TidyTest {
 public:
  void TestBody() override {}
};

void leave_descriptor(int& fd) {
  Untidy test;
  fd = ::dup(0);
}

void leave_child(pid_t& child) {
  Untidy test;
  child = ::fork();
  if (child == 0) ::_exit(0);
}

TEST(TidyTest, FailsWhenADescriptorIsLeftOpen) {
  static int fd = -1;
  EXPECT_NONFATAL_FAILURE(leave_descriptor(fd), "left descriptor");
  ::close(fd);
}

TEST(TidyTest, FailsWhenAChildIsLeft) {
  static pid_t child = -1;
  EXPECT_NONFATAL_FAILURE(leave_child(child), "left a child");
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace orchestrator::test
