#include <csignal>
#include <fstream>
#include <span>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "orchestrator/random_id.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "tests/ssh/ssh_fixture.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using testing::IsEmpty;

class SshStopTest : public SshTest {
 protected:
  SshStopTest() : mark_(std::to_string(::getpid()) + "-" + std::to_string(++count_)) {}

  [[nodiscard]] Command marked(const std::string& script) const {
    Command command = shell_of(script);
    command.environment["MARK"] = mark_;
    command.stop = short_ladder();
    return command;
  }
  [[nodiscard]] std::vector<pid_t> alive() const { return marked_processes(mark_); }

  static awaitable<void> until_ended(std::vector<pid_t> processes) {
    Task& task = task_of(co_await asio::this_coro::executor);
    for (const pid_t pid : processes) {
      const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
      if (pidfd < 0) continue;
      asio::posix::stream_descriptor end(task.loop().io(), pidfd);
      co_await end.async_wait(asio::posix::stream_descriptor::wait_read, use_task);
    }
  }

  /// Starts `script`, waits for its first line, and stops it.
  std::vector<Leftover> stopped(const std::string& script) {
    std::vector<Leftover> left;
    run_on(sshd_.host(), [&](SshHost& host) -> awaitable<void> {
      Command command = marked(script);
      OnLeftovers on_left = [&left](std::vector<Leftover> found) { left = std::move(found); };
      auto body = [this](Process& process) -> awaitable<void> {
        char line[100];
        EXPECT_GT(co_await process.output().read_some(line), 0U);
        EXPECT_THAT(alive(), testing::Not(IsEmpty()));
      };
      co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
      EXPECT_THAT(alive(), IsEmpty());
    });
    return left;
  }

  /// A host whose key may run nothing of ours, as we believe.
  [[nodiscard]] HostSettings restricted() const {
    HostSettings settings = sshd_.host();
    settings.forced_command = ForcedCommand::Other;
    return settings;
  }

  static inline int count_ = 0;
  std::string mark_;
  Sshd sshd_;
};

TEST_F(SshStopTest, EndsACommandThatObeys) { EXPECT_THAT(stopped("echo up; exec sleep 1000"), IsEmpty()); }

TEST_F(SshStopTest, EndsTheWholeGroup) { EXPECT_THAT(stopped("sleep 1000 & sleep 1000 & sh -c 'sleep 1000 & wait' & echo up; wait"), IsEmpty()); }

TEST_F(SshStopTest, KillsAfterItsGraceWhatIgnoresTerm) {
  EXPECT_THAT(stopped("trap '' TERM; echo up; while :; do sleep 1000; done"), IsEmpty());
}

TEST_F(SshStopTest, EndsAStoppedProcess) { EXPECT_THAT(stopped("(kill -STOP $$; echo up) & exec sleep 1000"), IsEmpty()); }

TEST_F(SshStopTest, EndsACommandThatFloods) { EXPECT_THAT(stopped("trap '' PIPE; echo up; exec yes"), IsEmpty()); }

TEST_F(SshStopTest, EndsWhatACommandLeftBehind) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    Command command = marked("sleep 1000 >/dev/null 2>&1 </dev/null & echo done");
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_TRUE(succeeded(result.status));
    EXPECT_EQ(result.output, "done\n");
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, GivesACommandTheTimeOfItsRungs) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    Command command = marked("trap 'sleep 0.3; echo cleaned up; exit 3' TERM; echo up; while :; do sleep 0.05; done");
    command.stop.rungs = {StopRung{"TERM", 10s}, StopRung{"KILL", 0ms}};
    std::string output;
    OnLeftovers none;
    auto body = [&output](Process& process) -> awaitable<void> {
      std::string first(3, '\0');
      for (std::size_t read = 0; read < first.size();) {
        read += co_await process.output().read_some(std::span(first).subspan(read));
      }
      EXPECT_EQ(first, "up\n");
      auto group_body = [&](TaskGroup& group) -> awaitable<void> {
        group.spawn("output", [&]() -> awaitable<void> { output = co_await read_tail(process.output(), 1000); });
        // What nobody waits for is dropped by a stop: the reader goes first.
        for (int turn = 0; turn < 3; ++turn) co_await yield_now();
        static_cast<void>(co_await process.stop());
        const ExitStatus status = co_await process.wait();
        const ExitStatus expected = Exited{3};
        EXPECT_EQ(status, expected);
      };
      co_await with_task_group(std::move(group_body));
    };
    co_await with_process(host, std::move(command), std::move(none), std::move(body));
    EXPECT_EQ(output, "cleaned up\n");
  });
}

/// Runs `command` and cancels it once it has said something. \return how long it took to be gone.
awaitable<Duration> cancel_when_up(SshHost& host, Command command, CancelLevel level, CancelScope& scope) {
  Task& task = task_of(co_await asio::this_coro::executor);
  Clock& clock = task.clock();
  TimePoint cancelled_at{};
  RunProcessOptions options;
  options.on_output_line = [&](std::string_view) {
    cancelled_at = clock.now();
    scope.cancel(CancelReason{CancelCause::Operator, "test"}, level);
  };
  auto body = [&]() -> awaitable<void> { static_cast<void>(co_await run_process(host, std::move(command), std::move(options))); };
  const ScopeEnd end = co_await with_cancel_scope(scope, std::move(body));
  EXPECT_EQ(end, ScopeEnd::Cancelled);
  co_return clock.now() - cancelled_at;
}

TEST_F(SshStopTest, LeavesNothingWhenRunProcessIsCancelled) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    CancelScope scope;
    Command command = marked("sleep 1000 & echo up; wait");
    static_cast<void>(co_await cancel_when_up(host, std::move(command), CancelLevel::Stop, scope));
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, DoesNotWaitForTheGraceWhenCancelledToKill) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    CancelScope scope;
    Command command = marked("trap '' TERM; echo up; while :; do sleep 1000; done");
    command.stop.rungs = {StopRung{"TERM", 300s}, StopRung{"KILL", 0ms}};
    static_cast<void>(co_await cancel_when_up(host, std::move(command), CancelLevel::Kill, scope));
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, CutsTheGraceShortWhenTheLevelRises) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    CancelScope scope;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("second Ctrl-C", [&]() -> awaitable<void> {
        while (!scope.cancelled()) co_await sleep_for(10ms);
        co_await sleep_for(100ms);
        scope.cancel(CancelReason{CancelCause::Signal, "again"}, CancelLevel::Kill);
      });
      Command command = marked("trap '' TERM; echo up; while :; do sleep 1000; done");
      command.stop.rungs = {StopRung{"TERM", 300s}, StopRung{"KILL", 0ms}};
      static_cast<void>(co_await cancel_when_up(host, std::move(command), CancelLevel::Stop, scope));
    };
    co_await with_task_group(std::move(body));
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, CancelsAHundredCommandsAtOnce) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    CancelScope scope;
    int up = 0;
    auto all = [&]() -> awaitable<void> {
      auto body = [&](TaskGroup& group) -> awaitable<void> {
        for (int i = 0; i < 100; ++i) {
          group.spawn("command", [&]() -> awaitable<void> {
            Command command = marked("echo up; sleep 1000");
            RunProcessOptions options;
            options.on_output_line = [&](std::string_view) {
              if (++up == 9) scope.cancel(CancelReason{CancelCause::Operator, "test"});
            };
            static_cast<void>(co_await run_process(host, std::move(command), std::move(options)));
          });
        }
        co_return;
      };
      co_await with_task_group(std::move(body));
    };
    EXPECT_EQ(co_await with_cancel_scope(scope, std::move(all)), ScopeEnd::Cancelled);
    EXPECT_THAT(alive(), IsEmpty());
    Command after = command_of({"echo", "usable"});
    const ProcessResult result = co_await run_process(host, std::move(after));
    EXPECT_EQ(result.output, "usable\n");
  });
}

TEST_F(SshStopTest, EndsARawCommandByTheEndOfItsInput) {
  run_on(restricted(), [this](SshHost& host) -> awaitable<void> {
    Command command = raw_of("MARK=" + mark_ + " exec cat");
    command.input = StreamUse::Pipe;
    OnLeftovers on_left = [](std::vector<Leftover> left) { ADD_FAILURE() << left.size() << " left"; };
    auto body = [](Process& process) -> awaitable<void> {
      co_await process.input().write("x");
      char byte[1];
      co_await process.output().read_some(byte);
    };
    co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, EndsARawCommandThatWritesForEverByClosingItsPipes) {
  run_on(restricted(), [this](SshHost& host) -> awaitable<void> {
    Command command = raw_of("MARK=" + mark_ + " exec yes");
    command.stop = short_ladder();
    OnLeftovers on_left = [](std::vector<Leftover> left) { ADD_FAILURE() << left.size() << " left"; };
    auto body = [](Process& process) -> awaitable<void> {
      char byte[1];
      co_await process.output().read_some(byte);
    };
    co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
    // sshd closes the channel with the pipes; who writes into them dies of it in the same moment, or the next.
    co_await until_ended(alive());
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, EndsARawCommandLikeAnyOtherWhereTheKeyMayDoAll) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    Command command = raw_of("MARK=" + mark_ + " setsid sleep 1000 & echo up; MARK=" + mark_ + " exec sleep 1000");
    command.environment["ORCHESTRATOR_COMMAND"] = random_id() + ".00000001";
    command.stop = short_ladder();
    OnLeftovers on_left = [](std::vector<Leftover> left) { ADD_FAILURE() << left.size() << " left"; };
    auto body = [](Process& process) -> awaitable<void> {
      char byte[3];
      static_cast<void>(co_await process.output().read_some(byte));
    };
    co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
    EXPECT_THAT(alive(), IsEmpty());
  });
}

TEST_F(SshStopTest, NamesARawCommandThatDoesNotEnd) {
  std::vector<Leftover> left;
  run_on(restricted(), [&](SshHost& host) -> awaitable<void> {
    Command command = raw_of("MARK=" + mark_ + " exec sleep 1000");
    command.stop = short_ladder();
    command.stop.confirm_limit = 200ms;
    OnLeftovers on_left = [&left](std::vector<Leftover> found) { left = std::move(found); };
    auto body = [](Process&) -> awaitable<void> { co_await sleep_for(100ms); };
    co_await with_process(host, std::move(command), std::move(on_left), std::move(body));
  });
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].host, "nas");
  EXPECT_EQ(left[0].why, "still there after the end of its input");
  for (const pid_t pid : alive()) ::kill(pid, SIGKILL);
}

/// Cancels at the n-th turn of the loop after the start, for every n until the whole thing gets through.
template <class Work>
awaitable<int> cancel_everywhere(Work work, int step) {
  for (int turns = 0;; turns += step) {
    CancelScope scope;
    bool done = false;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("cancel", [&]() -> awaitable<void> {
        for (int i = 0; i < turns && !done; ++i) co_await yield_now();
        scope.cancel(CancelReason{CancelCause::Operator, "test"});
      });
      auto all = [&]() -> awaitable<void> {
        co_await work();
        done = true;
      };
      static_cast<void>(co_await with_cancel_scope(scope, std::move(all)));
    };
    co_await with_task_group(std::move(body));
    if (done) co_return turns;
  }
}

TEST_F(SshStopTest, MayBeCancelledAnywhereOnAnOpenConnection) {
  run_on(
      sshd_.host(),
      [this](SshHost& host) -> awaitable<void> {
        static_cast<void>(co_await host.facts());
        auto work = [&]() -> awaitable<void> {
          Command command = marked("cat; exit 3");
          RunProcessOptions options;
          options.input = "text";
          const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
          EXPECT_EQ(result.status, ExitStatus(Exited{3}));
        };
        // A turn takes some microseconds and the command some milliseconds.
        const int turns = co_await cancel_everywhere(std::move(work), 37);
        EXPECT_GT(turns, 37);
        EXPECT_THAT(alive(), IsEmpty());
      },
      60s);
}

TEST_F(SshStopTest, MayBeCancelledAnywhereWithARawCommand) {
  run_on(
      restricted(),
      [this](SshHost& host) -> awaitable<void> {
        static_cast<void>(co_await host.facts());
        auto work = [&]() -> awaitable<void> {
          Command command = raw_of("MARK=" + mark_ + " exec sh -c 'cat; exit 3'");
          RunProcessOptions options;
          options.input = "text";
          const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
          EXPECT_EQ(result.status, ExitStatus(Exited{3}));
        };
        const int turns = co_await cancel_everywhere(std::move(work), 37);
        EXPECT_GT(turns, 37);
        EXPECT_THAT(alive(), IsEmpty());
      },
      60s);
}

TEST_F(SshStopTest, IsAtOnceForARawCommandThatWaitsForAChannel) {
  run_on(restricted(), [](SshHost& host) -> awaitable<void> {
    CancelScope scope;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 30; ++i) {
        group.spawn("raw", [&]() -> awaitable<void> {
          Command command = raw_of("echo up; exec cat");
          command.input = StreamUse::Pipe;
          OnLeftovers none;
          auto read = [&scope](Process& process) -> awaitable<void> {
            char byte[1];
            static_cast<void>(co_await process.output().read_some(byte));
            scope.cancel(CancelReason{CancelCause::Operator, "test"});
            co_await sleep_forever();
          };
          co_await with_process(host, std::move(command), std::move(none), std::move(read));
        });
      }
      co_return;
    };
    auto all = [&]() -> awaitable<void> { co_await with_task_group(std::move(body)); };
    EXPECT_EQ(co_await with_cancel_scope(scope, std::move(all)), ScopeEnd::Cancelled);
  });
}

TEST_F(SshStopTest, MayBeCancelledAnywhereWhileConnecting) {
  HostSettings settings = sshd_.host();
  run_for_real(
      [&]() -> awaitable<void> {
        auto work = [&]() -> awaitable<void> {
          auto body = [](SshHost& host) -> awaitable<void> {
            Command command = command_of({"true"});
            static_cast<void>(co_await run_process(host, std::move(command)));
          };
          co_await with_ssh_host(settings, SshLinkOptions(), std::move(body));
        };
        const int turns = co_await cancel_everywhere(std::move(work), 401);
        EXPECT_GT(turns, 401);
      },
      60s);
}

/// A command that is cancelled between its code and the word that it has started: over there `sh` sleeps before that.
class SshStopWhileStartingTest : public SshStopTest {
 protected:
  SshStopWhileStartingTest() {
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    // Commands are known by their nonce, which is longer than that of a warden.
    const auto file = directory_.write("sh",
                                       "#!/bin/sh\n"
                                       "[ ${#3} -gt 32 ] || exec /bin/sh \"$@\"\n"
                                       "while IFS= read -r line; do\n"
                                       "  echo \"$line\"\n"
                                       "  [ \"$line\" != 'set -f' ] || echo 'MARK=" + mark_ + " sleep 1000'\n"
                                       "done | /bin/sh \"$@\"\n");
    std::filesystem::permissions(file, std::filesystem::perms(0755));
  }

  TemporaryDirectory directory_;
};

TEST_F(SshStopWhileStartingTest, NamesWhatItCouldNotConfirmWhenTheHostIsGoneMeanwhile) {
  SshdOptions options;
  options.environment = "PATH=" + directory_.path().string() + ":/usr/bin:/bin";
  Sshd sshd(options);
  std::vector<Leftover> left;
  run_on(sshd.host(), [&](SshHost& host) -> awaitable<void> {
    CancelScope scope;
    auto work = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("command", [&]() -> awaitable<void> {
        Command command = marked("echo never");
        OnLeftovers on_left = [&left](std::vector<Leftover> found) { left = std::move(found); };
        auto body = [](Process&) -> awaitable<void> { co_return; };
        auto run = [&]() -> awaitable<void> { return with_process(host, std::move(command), std::move(on_left), std::move(body)); };
        static_cast<void>(co_await with_cancel_scope(scope, std::move(run)));
      });
      while (alive().empty()) co_await sleep_for(5ms);
      sshd.kill();
      sshd.signal_connections(SIGSTOP);
      scope.cancel(CancelReason());
    };
    co_await with_task_group(std::move(work));
  });
  ASSERT_EQ(left.size(), 1U) << "nobody has seen it gone";
  EXPECT_FALSE(left.front().group.empty());
  sshd.signal_connections(SIGKILL);
  for (const pid_t pid : alive()) ::kill(pid, SIGKILL);
}

}  // namespace
}  // namespace orchestrator::test
