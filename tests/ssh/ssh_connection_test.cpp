#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "orchestrator/tasks/task_tree.hpp"
#include "ssh/dial.hpp"
#include "tests/ssh/ssh_fixture.hpp"
#include "tests/support/capability.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;

/// A socket that listens and never says a word; the kernel takes connections all the same.
class SilentServer {
 public:
  SilentServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd_, raw, size), 0);
    EXPECT_EQ(::listen(fd_, 4), 0);
    EXPECT_EQ(::getsockname(fd_, raw, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(fd_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Takes one connection, says `words` and hangs up. For a thread.
  void answer_once(const std::string& words) const {
    const int connection = ::accept(fd_, nullptr, nullptr);
    if (connection < 0) return;
    static_cast<void>(!::write(connection, words.data(), words.size()));
    ::shutdown(connection, SHUT_WR);
    char buffer[1000];
    while (::read(connection, buffer, sizeof buffer) > 0) {
    }
    ::close(connection);
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

HostSettings host_at(const std::string& address, std::uint16_t port) {
  HostSettings host;
  host.name = "nas";
  host.address = address;
  host.port = port;
  host.user = "backup";
  host.known_hosts = "/nowhere/known_hosts";
  host.connect_timeout = 10s;
  return host;
}

class SshConnectTest : public SshTest {};

TEST_F(SshConnectTest, NamesAnAddressThatDoesNotExist) {
  const Caught caught = connect_error(host_at("no-such-host.invalid", 22));
  EXPECT_EQ(caught.failure, StartFailure::Unreachable);
  EXPECT_THAT(caught.message, HasSubstr("cannot reach 'nas' (backup@no-such-host.invalid:22): no address for 'no-such-host.invalid': "));
  EXPECT_EQ(caught.remedy, "check 'address' of [hosts.nas]");
}

using asio::ip::tcp;

std::vector<tcp::endpoint> endpoints(std::uint16_t port, const std::vector<std::string>& addresses) {
  std::vector<tcp::endpoint> list;
  for (const std::string& address : addresses) list.emplace_back(asio::ip::make_address(address), port);
  return list;
}

TEST_F(SshConnectTest, TriesTheFamiliesInTurnAndNamesEveryAddressWithItsError) {
  REQUIRE_CAPABILITY("ipv6", has_ipv6_loopback());
  const std::string port = std::to_string(free_port());
  std::string message;
  run_for_real([&]() -> awaitable<void> {
    DialProgress progress;
    const HostSettings host = host_at("nas.lan", 22);
    std::vector<tcp::endpoint> list = endpoints(static_cast<std::uint16_t>(std::stoi(port)), {"127.0.0.1", "127.0.0.2", "::1"});
    try {
      static_cast<void>(co_await dial_any(host, std::move(list), progress));
    } catch (const StartError& error) {
      message = error.what();
    }
  });
  EXPECT_EQ(message, "cannot reach 'nas' (backup@nas.lan:22): 127.0.0.1:" + port + ": Connection refused; [::1]:" + port +
                         ": Connection refused; 127.0.0.2:" + port + ": Connection refused");
}

TEST_F(SshConnectTest, GoesOnToTheNextAddress) {
  const SilentServer server;
  run_for_real([&]() -> awaitable<void> {
    DialProgress progress;
    const HostSettings host = host_at("nas.lan", 22);
    std::vector<tcp::endpoint> list = endpoints(server.port(), {"127.0.0.2", "127.0.0.1"});
    const tcp::socket socket = co_await dial_any(host, std::move(list), progress);
    EXPECT_EQ(socket.remote_endpoint().address().to_string(), "127.0.0.1");
  });
}

TEST_F(SshConnectTest, GivesUpOnAServerThatSaysNothing) {
  const SilentServer server;
  HostSettings host = host_at("127.0.0.1", server.port());
  host.connect_timeout = 200ms;
  const Caught caught = connect_error(host);
  EXPECT_EQ(caught.failure, StartFailure::Unreachable);
  EXPECT_THAT(caught.message, HasSubstr("no answer within 0.2 s while waiting for the greeting of its SSH server"));
  EXPECT_THAT(caught.remedy, HasSubstr("raise 'connect_timeout' of [hosts.nas]"));
}

TEST_F(SshConnectTest, SaysThatSomethingElseIsThere) {
  const SilentServer server;
  std::thread http([&server] { server.answer_once("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"); });
  const Caught caught = connect_error(host_at("127.0.0.1", server.port()));
  http.join();
  EXPECT_EQ(caught.failure, StartFailure::Unreachable);
  EXPECT_THAT(caught.message, HasSubstr("no SSH server is there, but something that says 'HTTP/1.1 400 Bad Request'"));
  EXPECT_EQ(caught.remedy, "check 'port' of [hosts.nas]");
}

TEST_F(SshConnectTest, SaysThatTheServerRefusesForNow) {
  for (const std::string said : {"Not allowed at this time", "Exceeded MaxStartups"}) {
    const SilentServer server;
    std::thread refusing([&] { server.answer_once(said + "\r\n"); });
    const Caught caught = connect_error(host_at("127.0.0.1", server.port()));
    refusing.join();
    EXPECT_EQ(caught.failure, StartFailure::Unreachable);
    EXPECT_THAT(caught.message, HasSubstr("it refuses connections for now: '" + said + "'"));
    EXPECT_THAT(caught.remedy, HasSubstr("PerSourcePenalties"));
  }
}

TEST_F(SshConnectTest, SaysThatTheServerHungUp) {
  const SilentServer server;
  std::thread refusing([&server] { server.answer_once(""); });
  const Caught caught = connect_error(host_at("127.0.0.1", server.port()));
  refusing.join();
  EXPECT_EQ(caught.failure, StartFailure::Unreachable);
  EXPECT_THAT(caught.message, HasSubstr("it closed the connection during the handshake"));
}

TEST_F(SshConnectTest, WorksOverIpv6) {
  REQUIRE_CAPABILITY("ipv6", has_ipv6_loopback());
  SshdOptions options;
  options.listen_v6 = true;
  Sshd sshd(options);
  HostSettings host = sshd.host();
  host.address = "::1";
  EXPECT_EQ(connect_error(host).message, "");
}

TEST_F(SshConnectTest, IsDoneOnceForAllWhoAskAtTheSameTime) {
  Sshd sshd;
  run_on(sshd.host(), [&sshd](SshHost& host) -> awaitable<void> {
    auto body = [&host](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 5; ++i) {
        group.spawn("user", [&host]() -> awaitable<void> { static_cast<void>(co_await host.facts()); });
      }
      co_return;
    };
    co_await with_task_group(std::move(body));
    const std::string log = sshd.log();
    EXPECT_EQ(log.find("Accepted publickey"), log.rfind("Accepted publickey"));
  });
}

TEST_F(SshConnectTest, IsClosedWhenNobodyHasUsedItForAWhile) {
  Sshd sshd;
  SshLinkOptions options;
  options.idle_limit = 50ms;
  run_with(sshd.host(), options, [&sshd](SshHost& host) -> awaitable<void> {
    static_cast<void>(co_await host.facts());
    while (sshd.log().find("Received disconnect") == std::string::npos) co_await sleep_for(10ms);
    Command command = command_of({"echo", "again"});
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "again\n");
  });
}

class SshConnectionTest : public SshTest {
 protected:
  /// What a command that reads its input for ever ends with, when `end` happens to it.
  template <class End>
  std::pair<std::string, std::vector<Leftover>> loses(const HostSettings& settings, End end) {
    std::string message;
    std::vector<Leftover> left;
    run_on(
        settings,
        [&](SshHost& host) -> awaitable<void> {
          Command command = command_of({"cat"});
          command.input = StreamUse::Pipe;
          command.stop = short_ladder();
          OnLeftovers on_left = [&left](std::vector<Leftover> found) { left = std::move(found); };
          static_cast<void>(co_await host.facts());  // the control shell is up, and heartbeats go out
          auto body = [&](Process& process) -> awaitable<void> {
            end();
            char buffer[10];
            try {
              static_cast<void>(co_await process.output().read_some(buffer));
            } catch (const Error& error) {
              message = error.what();
            }
            const ExitStatus status = co_await process.wait();
            EXPECT_EQ(status, ExitStatus(Unknown{}));
          };
          co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
        },
        30s);
    return {message, left};
  }
};

TEST_F(SshConnectionTest, IsLostWithAllItsCommandsWhenTheServerIsKilled) {
  Sshd sshd;
  const auto [message, left] = loses(sshd.host(), [&sshd] { sshd.signal_all(SIGKILL); });
  EXPECT_THAT(message, HasSubstr("connection to 'nas' ("));
  EXPECT_THAT(message, HasSubstr(" lost: the other side "));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].host, "nas");
  EXPECT_EQ(left[0].command, "cat");
  EXPECT_EQ(left[0].why, "connection lost");
  EXPECT_THAT(left[0].group, testing::MatchesRegex("[0-9]+"));
}

TEST_F(SshConnectionTest, IsLostWhenTheServerDoesNotAnswerAnyMore) {
  Sshd sshd;
  HostSettings host = sshd.host();
  host.heartbeat.every = 100ms;
  host.heartbeat.misses = 3;
  const auto [message, left] = loses(host, [&sshd] { sshd.signal_all(SIGSTOP); });
  EXPECT_THAT(message, HasSubstr(" lost: no answer for 0.3 s"));
  EXPECT_EQ(left.size(), 1U);
}

TEST_F(SshConnectionTest, IsMadeAnewAfterALoss) {
  Sshd sshd;
  run_on(sshd.host(), [](SshHost& host) -> awaitable<void> {
    Command first = command_of({"sh", "-c", "kill -KILL $(ps -o ppid= -p $PPID)"});
    first.stop = short_ladder();
    try {
      static_cast<void>(co_await run_process(host, std::move(first)));
    } catch (const Error&) {
    }
    Command second = command_of({"echo", "again"});
    const ProcessResult result = co_await run_process(host, std::move(second));
    EXPECT_EQ(result.output, "again\n");
  });
}

TEST_F(SshConnectionTest, StaysAliveWhileNothingHappens) {
  Sshd sshd;
  HostSettings host = sshd.host();
  host.heartbeat.every = 20ms;
  host.heartbeat.misses = 2;
  run_on(host, [](SshHost& h) -> awaitable<void> {
    Command command = shell_of("sleep 0.5; echo quiet");
    const ProcessResult result = co_await run_process(h, std::move(command));
    EXPECT_EQ(result.output, "quiet\n");
  });
}

TEST_F(SshConnectionTest, ChangesKeysWhileDataFlowsBothWays) {
  SshdOptions options;
  options.lines = {"RekeyLimit 1M"};
  Sshd sshd(options);
  run_on(
      sshd.host(),
      [](SshHost& host) -> awaitable<void> {
        auto body = [&host](TaskGroup& group) -> awaitable<void> {
          for (int i = 0; i < 3; ++i) {
            group.spawn("echo", [&host]() -> awaitable<void> {
              Command command = shell_of("head -c 6000000 | sha256sum; head -c 6000000 /dev/zero | sha256sum; head -c 6000000 /dev/zero");
              RunProcessOptions run;
              run.input.assign(6000000, '\0');
              run.tail = 7UL * 1024 * 1024;
              const ProcessResult result = co_await run_process(host, std::move(command), std::move(run));
              EXPECT_TRUE(succeeded(result.status));
              EXPECT_EQ(result.output.substr(0, 64), result.output.substr(68, 64));
              EXPECT_EQ(result.output.size(), 136U + 6000000U);
            });
          }
          co_return;
        };
        co_await with_task_group(std::move(body));
      },
      60s);
}

TEST_F(SshConnectionTest, QueuesWhereTheServerAllowsFewerChannels) {
  SshdOptions options;
  options.lines = {"MaxSessions 4"};
  Sshd sshd(options);
  run_on(sshd.host(), [](SshHost& host) -> awaitable<void> {
    int done = 0;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 20; ++i) {
        group.spawn("command", [&]() -> awaitable<void> {
          Command command = shell_of("sleep 0.02; echo done");
          const ProcessResult result = co_await run_process(host, std::move(command));
          done += result.output == "done\n";
        });
      }
      co_return;
    };
    co_await with_task_group(std::move(body));
    EXPECT_EQ(done, 20);
  });
}

TEST_F(SshConnectionTest, SaysWhichSettingAllowsTooFewChannels) {
  SshdOptions options;
  options.lines = {"MaxSessions 0"};
  Sshd sshd(options);
  const Caught caught = connect_error(sshd.host());
  EXPECT_EQ(caught.failure, StartFailure::NoResources);
  EXPECT_THAT(caught.message, HasSubstr("cannot open a channel to 'nas' ("));
  EXPECT_THAT(caught.remedy, HasSubstr("raise MaxSessions in /etc/ssh/sshd_config"));
}

TEST_F(SshConnectionTest, IsShownInTheTaskTree) {
  Sshd sshd;
  run_for_real([&sshd]() -> awaitable<void> {
    Task& task = task_of(co_await asio::this_coro::executor);
    Loop& loop = task.loop();
    auto body = [&loop](SshHost& host) -> awaitable<void> {
      Command command = command_of({"sleep", "1000"});
      OnLeftovers none;
      auto look = [&loop](Process&) -> awaitable<void> {
        const std::string tree = task_tree(loop);
        EXPECT_THAT(tree, HasSubstr("connection to 'nas'"));
        EXPECT_THAT(tree, HasSubstr("sleep 1000 on 'nas', process group "));
        co_return;
      };
      co_await with_process(host, std::move(command), std::move(none), std::move(look));
    };
    co_await with_ssh_host(sshd.host(), SshLinkOptions(), std::move(body));
  });
}

}  // namespace
}  // namespace orchestrator::test
