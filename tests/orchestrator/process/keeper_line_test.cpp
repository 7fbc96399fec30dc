#include "orchestrator/process/keeper_line.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>

#include "orchestrator/tasks/task_group.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator {
namespace {

class KeeperLineTest : public test::TidyTest {
 protected:
  void say(KeeperReportKind kind, pid_t pid = 0) const {
    KeeperReport report;
    report.kind = kind;
    report.pid = pid;
    ASSERT_EQ(::send(ends_.keepers.get(), &report, sizeof(report), MSG_NOSIGNAL), static_cast<ssize_t>(sizeof(report)));
  }

  test::RealLoop loop_;
  KeeperLineEnds ends_ = make_keeper_line().value();
  KeeperLine line_{loop_.loop().io(), std::move(ends_.ours)};
};

TEST_F(KeeperLineTest, HearsNothingWhileAConditionIsLookedAt) {
  say(KeeperReportKind::Started, 4711);
  // Whatever came between two parts of a condition would be waited for although it had come.
  EXPECT_FALSE(line_.leader());
  EXPECT_FALSE(line_.failure());
  EXPECT_FALSE(line_.lost());
  auto body = [&]() -> awaitable<void> { co_await line_.wait(); };
  loop_.run(std::move(body));
  EXPECT_EQ(line_.leader(), 4711);
}

TEST_F(KeeperLineTest, WakesAllWhoWaitWhoeverHasHeard) {
  auto wait_for_leader = [&]() -> awaitable<void> {
    while (!line_.leader()) co_await line_.wait();
  };
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("first", wait_for_leader);
    group.spawn("second", wait_for_leader);
    group.spawn("who does not wait", [&]() -> awaitable<void> {
      say(KeeperReportKind::Started, 4711);
      line_.hear();  // the others find nothing there any more
      co_return;
    });
    co_return;
  };
  auto both = [&]() -> awaitable<void> { return with_task_group(std::move(body)); };
  loop_.run(std::move(both));
  EXPECT_EQ(line_.leader(), 4711);
}

TEST_F(KeeperLineTest, TellsALostKeeperFromOneThatIsDone) {
  say(KeeperReportKind::Gone);
  line_.hear();
  EXPECT_TRUE(line_.gone());
  ends_.keepers.reset();
  line_.hear();
  EXPECT_FALSE(line_.lost());

  KeeperLineEnds others = make_keeper_line().value();
  KeeperLine lost(loop_.loop().io(), std::move(others.ours));
  others.keepers.reset();
  lost.hear();
  EXPECT_TRUE(lost.lost());
}

}  // namespace
}  // namespace orchestrator
