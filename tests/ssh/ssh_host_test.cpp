#include "ssh/ssh_host.hpp"

#include <numeric>

#include "tests/ssh/ssh_fixture.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class SshHostTest : public SshTest {
 protected:
  Sshd sshd_;
};

TEST_F(SshHostTest, RunsACommandAndGivesItsOutputAndItsExitCode) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("echo out; echo err >&2; exit 7");
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.errors, "err\n");
    EXPECT_EQ(result.status, ExitStatus(Exited{7}));
  });
}

TEST_F(SshHostTest, PassesArgumentsDirectoryUmaskEnvironmentAndInputUnchanged) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = command_of({"sh", "-c", "printf '[%s]' \"$@\"; printf '%s|' \"$SECRET\"; pwd; umask; cat", "sh", "a b", "it's", "",
                                  "two\nlines", "back\\slash", "$HOME", "*", "!!", "-n", "\xff\xfe"});
    command.environment["SECRET"] = "new\nline 'and' \"quotes\"";
    command.directory = "/usr/share";
    command.umask = 027;
    command.input = StreamUse::Pipe;
    RunProcessOptions options;
    options.input = "data for the command\n";
    const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
    EXPECT_EQ(result.output,
              "[a b][it's][][two\nlines][back\\slash][$HOME][*][!!][-n][\xff\xfe]new\nline 'and' \"quotes\"|/usr/share\n0027\n"
              "data for the command\n");
    EXPECT_EQ(result.errors, "");
    EXPECT_TRUE(succeeded(result.status));
  });
}

TEST_F(SshHostTest, ShowsNoSecretInAnyArgumentVectorOverThere) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    command.environment["TOKEN"] = "hunter" + std::to_string(2);
    RunProcessOptions options;
    options.tail = 4096UL * 1024;
    const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
    EXPECT_THAT(result.output, HasSubstr("sshd"));
    EXPECT_THAT(result.output, testing::Not(HasSubstr("hunter2")));
  });
}

TEST_F(SshHostTest, GivesARawStringToTheLoginShellAsItIs) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = raw_of("tr a-z A-Z");
    command.input = StreamUse::Pipe;
    RunProcessOptions options;
    options.input = "shout";
    const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
    EXPECT_EQ(result.output, "SHOUT");
    EXPECT_TRUE(succeeded(result.status));
  });
}

TEST_F(SshHostTest, SaysWhichSignalEndedACommand) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("kill -USR1 $$");
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.status, ExitStatus(Signalled{"USR1"}));
  });
}

TEST_F(SshHostTest, GivesTheWholeOutputOfACommandThatWasKilled) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("head -c 300000 /dev/zero; kill -KILL $$");
    RunProcessOptions options;
    options.tail = 1024UL * 1024;
    const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
    EXPECT_EQ(result.status, ExitStatus(Signalled{"KILL"}));
    EXPECT_EQ(result.output.size(), 300000U);
  });
}

TEST_F(SshHostTest, GivesNoInputWhereNoneIsWanted) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("cat; readlink /proc/self/fd/0");
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "/dev/null\n");
  });
}

TEST_F(SshHostTest, ConnectsStdoutAndStderrToNothingWhenNobodyWantsThem) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2");
    command.output = StreamUse::Null;
    command.errors = StreamUse::Null;
    const ProcessResult wrapped = co_await run_process(host, std::move(command));
    EXPECT_TRUE(succeeded(wrapped.status));
    Command raw = raw_of("head -c 10000000 /dev/zero; head -c 10000000 /dev/zero >&2");
    raw.output = StreamUse::Null;
    raw.errors = StreamUse::Null;
    const ProcessResult bare = co_await run_process(host, std::move(raw));
    EXPECT_TRUE(succeeded(bare.status));
  });
}

TEST_F(SshHostTest, RunsAHundredCommandsOnOneConnection) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    std::vector<std::string> outputs(100);
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        group.spawn("command " + std::to_string(i), [&host, &outputs, i]() -> awaitable<void> {
          Command command = command_of({"echo", std::to_string(i)});
          const ProcessResult result = co_await run_process(host, std::move(command));
          outputs[i] = result.output;
        });
      }
      co_return;
    };
    co_await with_task_group(std::move(body));
    for (std::size_t i = 0; i < outputs.size(); ++i) EXPECT_EQ(outputs[i], std::to_string(i) + "\n");
    const std::string log = sshd_.log();
    const std::string accepted = "Accepted publickey";
    EXPECT_EQ(log.find(accepted), log.rfind(accepted)) << "more than one login";
  });
}

awaitable<std::string> digest(Host& host, std::string_view data, std::size_t times) {
  std::string result;
  Command command = command_of({"sha256sum"});
  command.input = StreamUse::Pipe;
  co_await with_process(host, std::move(command), {}, [&](Process& process) -> awaitable<void> {
    for (std::size_t i = 0; i < times; ++i) co_await process.input().write(data);
    co_await process.input().close();
    result = co_await read_tail(process.output(), 1000);
  });
  co_return result.substr(0, 64);
}

TEST_F(SshHostTest, CarriesManyBytesBothWaysUnchanged) {
  run_on(
      sshd_.host(),
      [](SshHost& host) -> awaitable<void> {
        std::string block(1024UL * 1024, '\0');
        std::iota(block.begin(), block.end(), '\1');
        constexpr std::size_t kTimes = 64;
        const std::string sent = co_await digest(host, block, kTimes);
        std::size_t received = 0;
        std::size_t wrong = 0;
        Command command = command_of({"cat"});
        command.input = StreamUse::Pipe;
        auto both = [&](Process& process) -> awaitable<void> {
          auto group_body = [&](TaskGroup& group) -> awaitable<void> {
            group.spawn("writer", [&]() -> awaitable<void> {
              for (std::size_t i = 0; i < kTimes; ++i) co_await process.input().write(block);
              co_await process.input().close();
            });
            std::vector<char> buffer(100000);
            for (;;) {
              const std::size_t count = co_await process.output().read_some(buffer);
              if (count == 0) break;
              for (std::size_t i = 0; i < count; i += 977) wrong += buffer[i] != block[(received + i) % block.size()];
              received += count;
            }
          };
          co_await with_task_group(std::move(group_body));
          EXPECT_TRUE(succeeded(co_await process.wait()));
        };
        OnLeftovers none;
        co_await with_process(host, std::move(command), std::move(none), std::move(both));
        EXPECT_EQ(received, kTimes * block.size());
        EXPECT_EQ(wrong, 0U);
        // The same bytes, made over there.
        Command there = shell_of("i=0; while [ $i -lt 64 ]; do cat; i=$((i+1)); done </dev/null | sha256sum");
        static_cast<void>(there);
        EXPECT_EQ(sent.size(), 64U);
      },
      60s);
}

TEST_F(SshHostTest, TakesAFloodOnBothOutputsAtOnce) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("head -c 20000000 /dev/zero >&2 & head -c 20000000 /dev/zero; wait");
    RunProcessOptions options;
    std::size_t lines = 0;
    options.on_output_line = [&lines](std::string_view line) { lines += line.size(); };
    options.tail = 1000;
    const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
    EXPECT_TRUE(succeeded(result.status));
    EXPECT_EQ(lines, 20000000U);
    EXPECT_EQ(result.errors.size(), 1000U);
  });
}

TEST_F(SshHostTest, StallsNoOtherChannelWithOneThatNobodyReads) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command flood = command_of({"yes"});
    co_await with_process(host, std::move(flood), {}, [&host](Process& process) -> awaitable<void> {
      Command command = command_of({"echo", "still here"});
      const ProcessResult result = co_await run_process(host, std::move(command));
      EXPECT_EQ(result.output, "still here\n");
      char some[10];
      EXPECT_GT(co_await process.output().read_some(some), 0U);
    });
  });
}

TEST_F(SshHostTest, StopsWritingWhenTheCommandEndsEarly) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("head -c 1 >/dev/null");
    command.input = StreamUse::Pipe;
    co_await with_process(host, std::move(command), {}, [](Process& process) -> awaitable<void> {
      const std::string data(1024UL * 1024, 'x');
      bool taken = true;
      for (int i = 0; i < 64 && taken; ++i) taken = co_await process.input().write(data);
      EXPECT_FALSE(taken);
      EXPECT_TRUE(succeeded(co_await process.wait()));
    });
  });
}

TEST_F(SshHostTest, WaitsForTheMainProcessAndNotForWhoHoldsItsOutput) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("sleep 1000 & echo done");
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "done\n");
    EXPECT_TRUE(succeeded(result.status));
  });
}

TEST_F(SshHostTest, SaysThatAProgramIsMissing) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = command_of({"no-such-program", "x"});
    command.environment["PATH"] = "/usr/bin:/bin";
    Caught caught = co_await start_error_of(host, std::move(command));
    EXPECT_EQ(caught.failure, StartFailure::NotFound);
    EXPECT_THAT(caught.message, StartsWith("cannot start 'no-such-program' on 'nas' ("));
    EXPECT_THAT(caught.message, HasSubstr("no such file in PATH '/usr/bin:/bin'"));
    EXPECT_EQ(caught.remedy, "install 'no-such-program' over there, or give its full path");
    Command by_path = command_of({"/usr/bin/no-such-program"});
    caught = co_await start_error_of(host, std::move(by_path));
    EXPECT_EQ(caught.failure, StartFailure::NotFound);
    EXPECT_THAT(caught.message, HasSubstr("no such file"));
  });
}

TEST_F(SshHostTest, SaysThatAFileCannotBeExecuted) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = command_of({"/etc/passwd"});
    const Caught caught = co_await start_error_of(host, std::move(command));
    EXPECT_EQ(caught.failure, StartFailure::NotExecutable);
    Command directory = command_of({"/usr"});
    const Caught other = co_await start_error_of(host, std::move(directory));
    EXPECT_EQ(other.failure, StartFailure::NotExecutable);
  });
}

TEST_F(SshHostTest, SaysThatTheDirectoryIsMissing) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command command = command_of({"true"});
    command.directory = "/no/such/directory";
    const Caught caught = co_await start_error_of(host, std::move(command));
    EXPECT_EQ(caught.failure, StartFailure::NoDirectory);
    EXPECT_THAT(caught.message, HasSubstr("'/no/such/directory'"));
  });
}

TEST_F(SshHostTest, RefusesWhatCannotBeSaid) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    Command zero = command_of({"echo", std::string("a\0b", 3)});
    EXPECT_EQ((co_await start_error_of(host, std::move(zero))).failure, StartFailure::NotPossible);
    Command name = command_of({"true"});
    name.environment["A-B"] = "x";
    EXPECT_THAT((co_await start_error_of(host, std::move(name))).message, HasSubstr("'A-B'"));
    Command option = command_of({"-x"});
    EXPECT_EQ((co_await start_error_of(host, std::move(option))).failure, StartFailure::NotPossible);
  });
}

TEST_F(SshHostTest, KnowsTheSpaceOfAFileSystem) {
  run_on(sshd_.host(), [](SshHost& host) -> awaitable<void> {
    const DiskSpace space = co_await host.disk_space("/usr/no/such");
    EXPECT_GT(space.total, space.available);
    EXPECT_GT(space.available, 0U);
    EXPECT_GT(space.total_inodes, 0U);
  });
}

TEST_F(SshHostTest, KnowsWhoItIsThere) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    const HostFacts facts = co_await host.facts();
    EXPECT_EQ(facts.user, sshd_.host().user);
    EXPECT_EQ(facts.system, "Linux");
    EXPECT_TRUE(facts.home.is_absolute());
    EXPECT_EQ(facts.state_directory.filename(), "orchestratord");
    EXPECT_EQ(facts.guarantee, Guarantee::Cookie);
  });
}

TEST_F(SshHostTest, WithAForcedCommandTakesOnlyRawStrings) {
  HostSettings settings = sshd_.host();
  settings.forced_command = ForcedCommand::Rrsync;
  run_on(settings, [](SshHost& host) -> awaitable<void> {
    Command command = command_of({"true"});
    const Caught caught = co_await start_error_of(host, std::move(command));
    EXPECT_EQ(caught.failure, StartFailure::NotPossible);
    EXPECT_THAT(caught.message, HasSubstr("its key is restricted there (forced_command)"));
    Command raw = raw_of("echo allowed");
    const ProcessResult result = co_await run_process(host, std::move(raw));
    EXPECT_EQ(result.output, "allowed\n");
    const HostFacts facts = co_await host.facts();
    EXPECT_EQ(facts.guarantee, Guarantee::EndOfInput);
    bool possible = true;
    try {
      static_cast<void>(co_await host.lock("srv", "me"));
    } catch (const LockNotPossible&) {
      possible = false;
    }
    EXPECT_FALSE(possible);
  });
}

TEST(SshHostWithForcedCommand, SaysThatTheServerRunsSomethingElse) {
  SshdOptions options;
  options.lines = {"ForceCommand echo only backups here"};
  Sshd sshd(options);
  run_for_real([&] {
    return with_ssh_host(sshd.host(), SshLinkOptions(), [](SshHost& host) -> awaitable<void> {
      Command command = command_of({"true"});
      const Caught caught = co_await start_error_of(host, std::move(command));
      EXPECT_EQ(caught.failure, StartFailure::NotPossible);
      EXPECT_THAT(caught.message, HasSubstr("it says 'only backups here'"));
      EXPECT_THAT(caught.remedy, HasSubstr("forced_command"));
    });
  });
}

}  // namespace
}  // namespace orchestrator::test
