#include "orchestrator/process/local_process.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <sys/wait.h>

#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_tree.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"

namespace orchestrator {
namespace {

using test::command_of;
using test::shell;

class LocalProcessTest : public test::LocalTest {
 protected:
  /// Runs `body` with the started command. \return what was left.
  template <class Body>
  std::vector<Leftover> with(Command command, Body body) {
    std::vector<Leftover> leftovers;
    auto work = [&]() -> awaitable<void> {
      auto collect = [&](std::vector<Leftover> left) { leftovers = std::move(left); };
      co_await with_process(host_, std::move(command), collect, std::move(body));
    };
    loop_.run(std::move(work));
    return leftovers;
  }
};

TEST_F(LocalProcessTest, SaysHowItEndedAsOftenAsItIsAsked) {
  auto body = [](Process& process) -> awaitable<void> {
    const ExitStatus seven = Exited{7};
    const ExitStatus first = co_await process.wait();
    EXPECT_EQ(first, seven);
    const ExitStatus second = co_await process.wait();
    EXPECT_EQ(second, seven);
    const std::vector<Leftover> left = co_await process.stop();
    EXPECT_TRUE(left.empty());
    const ExitStatus last = co_await process.wait();
    EXPECT_EQ(last, seven);
  };
  EXPECT_TRUE(with(shell("exit 7"), body).empty());
}

TEST_F(LocalProcessTest, SaysWhichSignalEndedItAfterAStop) {
  auto body = [](Process& process) -> awaitable<void> {
    (void)co_await process.stop();
    const ExitStatus status = co_await process.wait();
    EXPECT_EQ(status, ExitStatus(Signalled{"TERM", false}));
  };
  EXPECT_TRUE(with(command_of({"sleep", "1000"}), body).empty());
}

TEST_F(LocalProcessTest, LetsACommandSayItsLastWordsThoughNobodyReads) {
  auto body = [](Process& process) -> awaitable<void> {
    std::vector<char> buffer(6);
    (void)co_await process.output().read_some(buffer);
    (void)co_await process.stop();
    const ExitStatus status = co_await process.wait();
    EXPECT_EQ(status, ExitStatus(Exited{3}));
  };
  const char* script = "trap 'head -c 500000 /dev/zero; exit 3' TERM; echo ready; while :; do sleep 0.01; done";
  EXPECT_TRUE(with(shell(script), body).empty());
}

TEST_F(LocalProcessTest, ClimbsEveryRungOfItsLadder) {
  Command command = shell("trap 'echo int' INT; trap 'echo term' TERM; echo ready; while :; do sleep 1000 & wait; done");
  const Duration wait = std::chrono::milliseconds(300);
  command.stop.rungs.assign({StopRung{"INT", wait}, StopRung{"TERM", wait}, StopRung{"KILL", {}}});
  std::string lines;
  auto body = [&](Process& process) -> awaitable<void> {
    std::vector<char> buffer(100);
    const std::size_t count = co_await process.output().read_some(buffer);
    EXPECT_EQ(std::string(buffer.data(), count), "ready\n");
    (void)co_await process.stop();
    lines = co_await read_tail(process.output(), 100);
    const ExitStatus status = co_await process.wait();
    EXPECT_EQ(status, ExitStatus(Signalled{"KILL", false}));
  };
  EXPECT_TRUE(with(std::move(command), body).empty());
  EXPECT_EQ(lines, "int\nterm\n");
}

TEST_F(LocalProcessTest, EndsAMemberOfItsGroupWhoseParentHasLeftIt) {
  auto body = [](Process& process) -> awaitable<void> {
    const ExitStatus status = co_await process.wait();
    EXPECT_EQ(status, ExitStatus(Exited{0}));
    const std::vector<Leftover> left = co_await process.stop();
    EXPECT_TRUE(left.empty());
  };
  Command command = command_of({test::actor("leaves_group").string()});
  command.stop.rungs.assign({StopRung{"TERM", std::chrono::milliseconds(20)}, StopRung{"KILL", {}}});
  EXPECT_TRUE(with(std::move(command), body).empty());
}

TEST_F(LocalProcessTest, ReportsWhatItCouldNotSeeGone) {
  Command command = command_of({test::actor("dies_slowly").string()});
  command.stop.rungs.assign({StopRung{"KILL", {}}});
  command.stop.confirm_limit = Duration::zero();
  std::string pid;
  auto body = [&](Process& process) -> awaitable<void> {
    pid = process.describe();
    std::vector<char> buffer(100);
    (void)co_await process.output().read_some(buffer);
  };
  const std::vector<Leftover> left = with(std::move(command), body);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ("dies_slowly, pid " + left[0].group, pid);
  EXPECT_EQ(left[0].why, "still there 0 s after SIGKILL");
  ::waitpid(-1, nullptr, 0);
}

TEST_F(LocalProcessTest, EndsWhenItWaitsForInputThatNeverComes) {
  Command command = command_of({"cat"});
  command.input = StreamUse::Pipe;
  auto body = [](Process& process) -> awaitable<void> {
    const bool taken = co_await process.input().write("hello");
    EXPECT_TRUE(taken);
    std::vector<char> buffer(100);
    const std::size_t count = co_await process.output().read_some(buffer);
    EXPECT_EQ(std::string(buffer.data(), count), "hello");
  };
  EXPECT_TRUE(with(std::move(command), body).empty());
}

TEST_F(LocalProcessTest, TellsItsWriterWhenItReadsNoMore) {
  Command command = shell("exec <&-; echo ready; sleep 1000");
  command.input = StreamUse::Pipe;
  auto body = [](Process& process) -> awaitable<void> {
    std::vector<char> buffer(100);
    (void)co_await process.output().read_some(buffer);
    const bool taken = co_await process.input().write("nobody reads this");
    EXPECT_FALSE(taken);
    co_await process.input().close();
    const bool taken_after_close = co_await process.input().write("nor this");
    EXPECT_FALSE(taken_after_close);
  };
  EXPECT_TRUE(with(std::move(command), body).empty());
}

TEST_F(LocalProcessTest, StandsInTheTaskTreeWhileItRuns) {
  std::string tree;
  std::string name;
  auto body = [&](Process& process) -> awaitable<void> {
    name = process.describe();
    tree = task_tree(loop_.loop());
    co_return;
  };
  (void)with(command_of({"sleep", "1000"}), body);
  EXPECT_NE(tree.find("[" + name + "]"), std::string::npos) << tree;
}

TEST_F(LocalProcessTest, IsKilledAndReapedWhenItIsDroppedUnstopped) {
  auto work = [&]() -> awaitable<void> {
    Command first = command_of({"sleep", "1000"});
    std::unique_ptr<Process> dropped = co_await host_.start(std::move(first));
    const std::string name = dropped->describe();
    const auto pid = static_cast<pid_t>(std::stoi(name.substr(name.rfind(' '))));
    dropped.reset();
    ::waitpid(-1, nullptr, 0);  // its keeper, which ends last
    EXPECT_EQ(::kill(pid, 0), -1);
    EXPECT_EQ(errno, ESRCH);
  };
  loop_.run(std::move(work));
}

}  // namespace
}  // namespace orchestrator
