#include "orchestrator/process/orphan_reaper.hpp"

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/process/launch.hpp"
#include "orchestrator/process/pipe_stream.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator {
namespace {

class OrphanReaperTest : public test::TidyTest {
 protected:
  /// A shell that goes on when `script` is done; reads one line of what it says.
  pid_t start_shell(const std::string& script, std::string& line) {
    const PipeEnds output = make_pipe().value();
    LaunchSpec spec;
    spec.candidates.assign({"/bin/sh"});
    spec.words.assign({"sh", "-c", script + "; exec sleep 1000"});
    spec.environment.assign({"PATH=/usr/bin:/bin"});
    spec.streams[1] = output.writing.get();
    auto outcome = launch(spec);
    std::array<char, 100> buffer{};
    const ssize_t count = ::read(output.reading.get(), buffer.data(), buffer.size());
    line.assign(buffer.data(), static_cast<std::size_t>(count));
    return std::get<Launched>(outcome).pid;
  }

  static void end(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }

  test::RealLoop loop_;
};

TEST_F(OrphanReaperTest, ReapsAnOrphanWhileTheCommandThatLostItRuns) {
  OrphanReaper reaper(loop_.loop().io());
  std::string line;
  // echo, unlike a shell, never waits for a child that it has.
  const pid_t shell = start_shell("(sh -c 'exit 0' & exec echo $!)", line);
  const auto orphan = static_cast<pid_t>(std::stoi(line));
  auto body = [&]() -> awaitable<void> {
    reaper.own(shell);
    while (::kill(orphan, 0) == 0) co_await reaper.child_ended().wait("the orphan to end");
    end(shell);
    reaper.release(shell);
  };
  loop_.run(std::move(body));
}

TEST_F(OrphanReaperTest, LeavesOwnedChildrenToTheirOwner) {
  OrphanReaper reaper(loop_.loop().io());
  std::string line;
  const pid_t shell = start_shell("echo begun", line);
  auto body = [&]() -> awaitable<void> {
    reaper.own(shell);
    ::kill(shell, SIGKILL);
    co_await reaper.child_ended().wait("the shell to end");
    siginfo_t info{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(shell), &info, WEXITED), 0);
    EXPECT_EQ(info.si_status, SIGKILL);
    reaper.release(shell);
  };
  loop_.run(std::move(body));
}

TEST_F(OrphanReaperTest, ReapsWhatWasReleasedUnreaped) {
  std::string line;
  const pid_t shell = start_shell("echo begun", line);
  {
    OrphanReaper reaper(loop_.loop().io());
    reaper.own(shell);
    ::kill(shell, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(shell), &info, WEXITED | WNOWAIT);
    reaper.release(shell);
  }
  EXPECT_EQ(::waitpid(shell, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace orchestrator
