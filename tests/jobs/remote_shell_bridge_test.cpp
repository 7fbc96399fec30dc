#include "jobs/remote_shell_bridge.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <gmock/gmock.h>

#include "jobs/read_streams.hpp"
#include "jobs/remote_shell_protocol.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/jobs/rsync_fixture.hpp"
#include "tests/support/loopback_host.hpp"

namespace orchestrator::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RemoteShellBridgeTest : public RsyncTest {
 protected:
  RemoteShellOptions options() {
    RemoteShellOptions made;
    made.on_error_line = [this](std::string_view line) { errors_.emplace_back(line); };
    made.on_leftovers = [this](std::vector<Leftover> left) { context_.leftovers(std::move(left)); };
    return made;
  }

  /// The command that rsync would run.
  Command shell(const RemoteShellBridge& bridge, const std::string& there) const {
    Command command;
    ArgumentVector words;
    words.words = {program("rsync_shell"), "nas"};
    words.words.push_back(there);
    command.program = std::move(words);
    command.environment = bridge.environment();
    return command;
  }

  /// Runs `there` through a bridge, as rsync would, with `input`.
  ProcessResult run(const std::string& there, std::string input = {}) {
    ProcessResult result;
    loop_.run([&]() -> awaitable<void> {
      RemoteShellBridge bridge(loop_.loop().io(), nas_, options());
      auto body = [&](TaskGroup& group) -> awaitable<void> {
        group.spawn("bridge", [&] { return bridge.serve(); });
        RunProcessOptions with_input;
        with_input.input = std::move(input);
        with_input.tail = 64 << 20;
        Command command = shell(bridge, there);
        if (!with_input.input.empty()) command.input = StreamUse::Pipe;
        result = co_await run_process(here_, std::move(command), std::move(with_input));
        co_await bridge.wait_served();
        group.cancel(CancelReason{CancelCause::Operator, "test"});
      };
      co_await with_task_group(std::move(body));
      end_ = bridge.end();
    });
    return result;
  }

  /// sleep(1) under a name that nobody else uses.
  std::string sleeper() {
    const std::filesystem::path path = directory_.path() / "sleeper";
    if (!std::filesystem::exists(path)) std::filesystem::create_symlink("/bin/sleep", path);
    return path;
  }

  LoopbackHost nas_{here_, "nas", directory_.path()};
  std::vector<std::string> errors_;
  RemoteEnd end_;
};

TEST_F(RemoteShellBridgeTest, GivesOutputErrorsAndExitCodeOfTheOtherEnd) {
  const ProcessResult result = run("echo out; echo one >&2; echo two >&2; exit 7");
  EXPECT_EQ(result.status, ExitStatus(Exited{7}));
  EXPECT_EQ(result.output, "out\n");
  EXPECT_THAT(errors_, ElementsAre("one", "two"));
  EXPECT_EQ(end_.status, std::optional<ExitStatus>(Exited{7}));
}

TEST_F(RemoteShellBridgeTest, PassesMuchThroughInBothDirectionsAndItsEnd) {
  const std::string much(8 << 20, 'x');
  const ProcessResult result = run("cat; echo end", much);
  EXPECT_EQ(result.output.size(), much.size() + 4);
  EXPECT_EQ(result.output.substr(much.size()), "end\n");
}

TEST_F(RemoteShellBridgeTest, LetsNoBackquoteRunACommandOverThere) {
  EXPECT_EQ(run("echo a`id`b \\`id\\` \\\\ c").output, "a`id`b `id` \\ c\n");
}

TEST_F(RemoteShellBridgeTest, EndsThoughTheOtherEndDoesNotReadItsInput) {
  EXPECT_EQ(run("exit 3", std::string(4 << 20, 'x')).status, ExitStatus(Exited{3}));
}

TEST_F(RemoteShellBridgeTest, SaysAsShellsDoThatASignalEndedIt) {
  EXPECT_EQ(run("kill -TERM $$").status, ExitStatus(Exited{143}));
}

TEST_F(RemoteShellBridgeTest, EndsTheOtherEndWhenRsyncIsKilled) {
  loop_.run([&]() -> awaitable<void> {
    RemoteShellBridge bridge(loop_.loop().io(), nas_, options());
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("bridge", [&] { return bridge.serve(); });
      auto until_ready = [&](Process& process) -> awaitable<void> {
        std::vector<char> buffer(6);
        (void)co_await process.output().read_some(buffer);
      };
      const std::string there = "echo ready; exec " + sleeper() + " 1000";
      co_await with_process(here_, shell(bridge, there), {}, std::move(until_ready));
      co_await bridge.wait_served();
    };
    co_await with_task_group(std::move(body));
    EXPECT_FALSE(bridge.end().status);
  });
  EXPECT_THAT(processes_with(sleeper()), IsEmpty());
}

TEST_F(RemoteShellBridgeTest, EndsBothWhenCancelled) {
  ScopeEnd end = ScopeEnd::Finished;
  loop_.run([&]() -> awaitable<void> {
    RemoteShellBridge bridge(loop_.loop().io(), nas_, options());
    CancelScope scope;
    auto both = [&]() -> awaitable<void> {
      auto body = [&](TaskGroup& group) -> awaitable<void> {
        group.spawn("bridge", [&] { return bridge.serve(); });
        auto until_ready = [&](Process& process) -> awaitable<void> {
          std::vector<char> buffer(6);
          (void)co_await process.output().read_some(buffer);
          scope.cancel(CancelReason{CancelCause::Operator, "test"});
          (void)co_await process.wait();
        };
        co_await with_process(here_, shell(bridge, "echo ready; exec sleep 1001"), {},
                              std::move(until_ready));
      };
      co_await with_task_group(std::move(body));
    };
    end = co_await with_cancel_scope(scope, std::move(both));
  });
  EXPECT_EQ(end, ScopeEnd::Cancelled);
  EXPECT_THAT(processes_with(sleeper()), IsEmpty()) << "rsync_shell has it in its arguments too";
}

TEST_F(RemoteShellBridgeTest, ListensWhereOnlyItsUserCanCall) {
  RemoteShellBridge bridge(loop_.loop().io(), nas_, options());
  const std::filesystem::path socket = bridge.environment().at(kRemoteShellSocket);
  struct stat status {};
  ASSERT_EQ(::stat(socket.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(socket.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

/// What a program of this user could try.
Descriptor call(const std::string& path) {
  Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

TEST_F(RemoteShellBridgeTest, DoesNotListenToCallersWithoutTheToken) {
  std::vector<bool> hung_up;
  ProcessResult result;
  loop_.run([&]() -> awaitable<void> {
    RemoteShellBridge bridge(loop_.loop().io(), nas_, options());
    const std::string path = bridge.environment().at(kRemoteShellSocket);
    std::vector<Descriptor> callers;
    for (int i = 0; i < 3; ++i) callers.push_back(call(path));
    // Nothing; noise; a header without descriptors.
    ::shutdown(callers[0].get(), SHUT_WR);
    ::send(callers[1].get(), "GET / HTTP/1.0\r\n\r\n", 18, 0);
    RemoteShellHeader header;
    header.magic = kRemoteShellMagic;
    header.length = 4;
    ::send(callers[2].get(), &header, sizeof(header), 0);
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("bridge", [&] { return bridge.serve(); });
      Command wrong = shell(bridge, "echo secret");
      wrong.environment[kRemoteShellToken] = "00000000000000000000000000000000";
      const ProcessResult refused =
          co_await run_process(here_, std::move(wrong), RunProcessOptions());
      EXPECT_EQ(refused.status, ExitStatus(Exited{kRemoteShellFailed}));
      EXPECT_EQ(refused.output, "");
      Command right = shell(bridge, "echo served");
      result = co_await run_process(here_, std::move(right), RunProcessOptions());
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(result.output, "served\n");
}

TEST_F(RemoteShellBridgeTest, IsNoUseToAProgramWithoutItsEnvironment) {
  ProcessResult result;
  loop_.run([&]() -> awaitable<void> {
    Command command;
    ArgumentVector words;
    words.words = {program("rsync_shell"), "nas", "id"};
    command.program = std::move(words);
    result = co_await run_process(here_, std::move(command), RunProcessOptions());
  });
  EXPECT_EQ(result.status, ExitStatus(Exited{kRemoteShellFailed}));
  EXPECT_THAT(result.errors, ::testing::HasSubstr("only an orchestratord job"));
}

}  // namespace
}  // namespace orchestrator::test
