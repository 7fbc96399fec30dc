// Whatever a command becomes, nothing of it is left: with a cgroup for it, without, and when its keeper stood by before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include "orchestrator/tasks/scope.hpp"
#include "tests/orchestrator/process/containment_fixture.hpp"

namespace orchestrator {
namespace {

using ::testing::IsEmpty;
using test::processes_that_mention;
using test::swarm;
using test::swarm_mark;

enum class Way : std::uint8_t { WithCgroup, Without, Ready };

struct Contained {
  const char* how;
  int count;
  Way way;
};

std::string name_of_case(const ::testing::TestParamInfo<Contained>& info) {
  const std::array names{"_with_cgroup", "_without", "_ready"};
  return std::string(info.param.how) + names[static_cast<std::size_t>(info.param.way)];
}

LocalHostOptions options_for(Way way) {
  LocalHostOptions options;
  options.cgroups = way != Way::Without;
  options.keep_ready = way == Way::Ready;
  return options;
}

class ContainedCommand : public test::TidyTest, public ::testing::WithParamInterface<Contained> {
 protected:
  /// Runs `body` with the command and ends what is left of it.
  template <class Body>
  void with(Command command, Body body) {
    auto work = [&]() -> awaitable<void> {
      co_await begin();
      auto collect = [this](std::vector<Leftover> left) { leftovers_ = std::move(left); };
      co_await with_process(host_, std::move(command), collect, std::move(body));
    };
    loop_.run(std::move(work));
    EXPECT_THAT(processes_that_mention(swarm_mark()), IsEmpty());
    EXPECT_TRUE(leftovers_.empty());
  }

  /// The first command sees to it that a keeper is ready for the next.
  awaitable<void> begin() {
    if (GetParam().way != Way::Ready) co_return;
    Command first = test::command_of({"true"});
    const ProcessResult result = co_await run_process(host_, std::move(first));
    EXPECT_TRUE(succeeded(result.status));
  }

  [[nodiscard]] static Command command() {
    Command command = swarm(GetParam().how, GetParam().count);
    command.stop = test::short_ladder();
    return command;
  }

  std::vector<Leftover> leftovers_;
  test::EnvironmentVariable libexec_{"ORCHESTRATOR_LIBEXEC", test::program("keeper").parent_path().string()};
  test::TemporaryDirectory directory_;
  test::RealLoop loop_;
  LocalHost host_{loop_.loop(), directory_.path() / "state", options_for(GetParam().way)};
};

TEST_P(ContainedCommand, EndsByItsLadderWithAllThatItStarted) {
  auto body = [](Process& process) -> awaitable<void> { co_await test::wait_for_ready(process); };
  with(command(), body);
}

TEST_P(ContainedCommand, EndsAtOnceAtLevelKillWithAllThatItStarted) {
  auto body = [&]() -> awaitable<void> {
    co_await begin();
    CancelScope scope;
    auto work = [&]() -> awaitable<void> {
      Command endless = command();
      endless.stop.rungs.front().wait = std::chrono::hours(1);
      auto until_ready = [&](Process& process) -> awaitable<void> {
        co_await test::wait_for_ready(process);
        scope.cancel(CancelReason{}, CancelLevel::Kill);
      };
      co_await with_process(host_, std::move(endless), nullptr, std::move(until_ready));
    };
    (void)co_await with_cancel_scope(scope, std::move(work));
  };
  loop_.run(std::move(body));
  EXPECT_THAT(processes_that_mention(swarm_mark()), IsEmpty());
}

TEST_P(ContainedCommand, LeavesNothingBehindWhenItEndsWell) {
  Command command = test::leaves_swarm(GetParam().how, GetParam().count);
  command.stop = test::short_ladder();
  auto body = [](Process& process) -> awaitable<void> {
    const ExitStatus status = co_await process.wait();
    EXPECT_TRUE(succeeded(status));
  };
  with(std::move(command), body);
}

TEST_P(ContainedCommand, LeavesNothingWhenItsKeeperIsKilled) {
  auto body = [](Process& process) -> awaitable<void> {
    co_await test::wait_for_ready(process);
    ::kill(test::keeper_of(process), SIGKILL);
  };
  with(command(), body);
}

std::vector<Contained> all_ways() {
  std::vector<Contained> all;
  for (const auto& [how, count] : {std::pair{"group", 20}, {"escape", 50}, {"stopped", 10}, {"chain", 2}, {"bomb", 7}}) {
    for (const Way way : {Way::WithCgroup, Way::Without, Way::Ready}) all.push_back({how, count, way});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Swarms, ContainedCommand, ::testing::ValuesIn(all_ways()), name_of_case);

class Keeper : public test::LocalTest {
 protected:
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

  static Command answers_with_7() {
    Command command = test::shell("echo ready; read line; exit 7");
    command.input = StreamUse::Pipe;
    return command;
  }

  [[nodiscard]] static awaitable<ExitStatus> status_after_input(Process& process) {
    const bool taken = co_await process.input().write("go\n");
    EXPECT_TRUE(taken);
    co_return co_await process.wait();
  }
};

TEST_F(Keeper, IsNotEndedByWhatEndsOthers) {
  auto body = [](Process& process) -> awaitable<void> {
    co_await test::wait_for_ready(process);
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGALRM}) {
      ::kill(test::keeper_of(process), number);
    }
    const ExitStatus status = co_await status_after_input(process);
    EXPECT_EQ(status, ExitStatus(Exited{7}));
  };
  EXPECT_TRUE(with(answers_with_7(), body).empty());
}

TEST_F(Keeper, MayBeKilledAndTheStatusIsKnownAllTheSame) {
  auto body = [](Process& process) -> awaitable<void> {
    co_await test::wait_for_ready(process);
    ::kill(test::keeper_of(process), SIGKILL);
    const ExitStatus status = co_await status_after_input(process);
    EXPECT_EQ(status, ExitStatus(Exited{7}));
  };
  EXPECT_TRUE(with(answers_with_7(), body).empty());
}

// As while the runs of a configuration last that has been replaced.
TEST_F(Keeper, MayBeKilledAndTheCommandsOfAnotherHostLive) {
  LocalHost other(loop_.loop(), directory_.path() / "other");
  Command first = answers_with_7();
  first.stop = test::short_ladder();
  auto body = [&](Process& killed) -> awaitable<void> {
    co_await test::wait_for_ready(killed);
    auto beside = [&](Process& process) -> awaitable<void> {
      co_await test::wait_for_ready(process);
      ::kill(test::keeper_of(killed), SIGKILL);
      const std::vector<Leftover> left = co_await killed.stop();
      EXPECT_THAT(left, IsEmpty());
      const ExitStatus status = co_await status_after_input(process);
      EXPECT_EQ(status, ExitStatus(Exited{7}));
    };
    Command second = answers_with_7();
    co_await with_process(other, std::move(second), nullptr, std::move(beside));
  };
  EXPECT_TRUE(with(std::move(first), body).empty());
}

TEST_F(Keeper, KillsThoughSomebodyHasStoppedIt) {
  Command command = answers_with_7();
  command.stop = test::short_ladder();
  auto body = [](Process& process) -> awaitable<void> {
    co_await test::wait_for_ready(process);
    ::kill(test::keeper_of(process), SIGSTOP);
  };
  EXPECT_TRUE(with(std::move(command), body).empty());
}

TEST_F(Keeper, HasNeitherTheWordsNorTheEnvironmentOfItsCommand) {
  Command command = test::command_of({"cat", "-", "/dev/null/unspoken"});
  command.input = StreamUse::Pipe;
  command.environment["PASSWORD"] = "unspoken";
  auto body = [](Process& process) -> awaitable<void> {
    const std::string keeper = "/proc/" + std::to_string(test::keeper_of(process));
    EXPECT_EQ(test::read_file(keeper + "/cmdline").find("unspoken"), std::string::npos);
    EXPECT_EQ(test::read_file(keeper + "/environ"), "");
    co_return;
  };
  EXPECT_TRUE(with(std::move(command), body).empty());
}

TEST_F(Keeper, IsMissedInWords) {
  const test::EnvironmentVariable nowhere("ORCHESTRATOR_LIBEXEC", directory_.path().string());
  auto work = [&]() -> awaitable<void> {
    Command command = test::command_of({"true"});
    const ProcessResult result = co_await run_process(host_, std::move(command));
    (void)result;
  };
  try {
    loop_.run(std::move(work));
    FAIL() << "started without a keeper";
  } catch (const StartError& error) {
    EXPECT_EQ(std::string(error.what()), "cannot start 'true': cannot find the helper program 'keeper', looked in '" +
                                             directory_.path().string() + "'");
    EXPECT_NE(error.remedy().find("install the orchestrator again"), std::string::npos);
  }
}

TEST_F(Keeper, PutsItsCommandInACgroupOfItsOwnAndTakesItAwayAgain) {
  const OwnCgroup place = find_own_cgroup();
  std::string said;
  auto body = [&](Process& process) -> awaitable<void> { said = co_await read_tail(process.output(), 4096); };
  EXPECT_TRUE(with(test::command_of({"cat", "/proc/self/cgroup"}), body).empty());
  EXPECT_EQ(said.find("/" + place.prefix) != std::string::npos, static_cast<bool>(place.directory)) << said;
  if (!place.directory) return;
  const std::string name = said.substr(said.find(place.prefix));
  const std::string first = name.substr(0, name.find('\n'));
  EXPECT_NE(::faccessat(place.directory.get(), first.c_str(), F_OK, 0), 0);
}

}  // namespace
}  // namespace orchestrator
