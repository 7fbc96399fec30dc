// A keeper that stands by before there is a command for it: what the next command is given to, and what ends it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "orchestrator/process/keeper_line.hpp"
#include "orchestrator/process/passed_descriptors.hpp"
#include "orchestrator/process/ready_keeper.hpp"
#include "tests/orchestrator/process/containment_fixture.hpp"

namespace orchestrator {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// For what nothing tells another process: that one has forked, or waits, or is dead.
template <class Condition>
bool look_until(Condition condition) {
  constexpr int kMostLooks = 100'000;
  for (int looks = 0; looks < kMostLooks; ++looks) {
    if (condition()) return true;
    ::sched_yield();
  }
  return false;
}

std::vector<pid_t> children_of(pid_t pid) {
  std::vector<Descendant> found;
  add_children_of(pid, found);
  std::vector<pid_t> pids;
  for (const Descendant& one : found) pids.push_back(one.pid);
  return pids;
}

std::vector<std::string> cgroups_of_ours() {
  const OwnCgroup place = find_own_cgroup();
  std::vector<std::string> names;
  if (!place.directory) return names;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd/" + std::to_string(place.directory.get()))) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(place.prefix)) names.push_back(name);
  }
  return names;
}

class AKeeperThatStandsBy : public test::TidyTest {
 protected:
  AKeeperThatStandsBy() {
    LocalHostOptions options;
    options.keep_ready = true;
    host_.emplace(loop_.loop(), directory_.path() / "state", options);
  }

  ProcessResult run(Command command) {
    ProcessResult result;
    auto work = [&]() -> awaitable<void> { result = co_await run_process(*host_, std::move(command)); };
    loop_.run(std::move(work));
    return result;
  }

  /// Runs a command. \return the keeper that stands by after it.
  pid_t make_one() {
    EXPECT_TRUE(succeeded(run(test::command_of({"true"})).status));
    const std::vector<pid_t> ours = children_of(::getpid());
    EXPECT_THAT(ours, SizeIs(1));
    return ours.empty() ? -1 : ours.front();
  }

  /// The one who took the next command.
  pid_t who_takes_the_next() {
    pid_t keeper = -1;
    auto work = [&]() -> awaitable<void> {
      Command command = test::shell("echo ready; read line");
      command.input = StreamUse::Pipe;
      auto body = [&](Process& process) -> awaitable<void> {
        co_await test::wait_for_ready(process);
        keeper = test::keeper_of(process);
      };
      co_await with_process(*host_, std::move(command), nullptr, std::move(body));
    };
    loop_.run(std::move(work));
    return keeper;
  }

  /// The process that will be the command.
  static pid_t who_waits_in(pid_t keeper) {
    std::vector<pid_t> waiting;
    auto waits = [&] {
      waiting = children_of(keeper);
      return !waiting.empty() && process_stat(waiting.front())->state == 'S';
    };
    EXPECT_TRUE(look_until(waits));
    return waiting.empty() ? -1 : waiting.front();
  }

  test::EnvironmentVariable libexec_{"ORCHESTRATOR_LIBEXEC", test::program("keeper").parent_path().string()};
  test::TemporaryDirectory directory_;
  test::RealLoop loop_;
  std::optional<LocalHost> host_;
};

TEST_F(AKeeperThatStandsBy, TakesTheNextCommandAndAnotherOneTakesItsPlace) {
  const pid_t first = make_one();
  EXPECT_EQ(who_takes_the_next(), first);
  const std::vector<pid_t> ours = children_of(::getpid());
  ASSERT_THAT(ours, SizeIs(1));
  EXPECT_NE(ours.front(), first);
}

TEST_F(AKeeperThatStandsBy, GivesItsCommandAllThatACommandHas) {
  make_one();
  Command command = test::shell("pwd; cat; echo \"$WORD\" >&2; umask; exit 3");
  command.directory = directory_.path().string();
  command.environment["WORD"] = "said";
  command.umask = 027;
  command.input = StreamUse::Pipe;
  std::string output;
  std::string errors;
  auto work = [&]() -> awaitable<void> {
    auto body = [&](Process& process) -> awaitable<void> {
      const bool taken = co_await process.input().write("given\n");
      EXPECT_TRUE(taken);
      co_await process.input().close();
      output = co_await read_tail(process.output(), 4096);
      errors = co_await read_tail(process.errors(), 4096);
      const ExitStatus status = co_await process.wait();
      EXPECT_EQ(status, ExitStatus(Exited{3}));
    };
    co_await with_process(*host_, std::move(command), nullptr, std::move(body));
  };
  loop_.run(std::move(work));
  EXPECT_EQ(output, directory_.path().string() + "\ngiven\n0027\n");
  EXPECT_EQ(errors, "said\n");
}

TEST_F(AKeeperThatStandsBy, SaysInTheSameWordsWhatCannotBeStarted) {
  make_one();
  EXPECT_THAT([&] { run(test::command_of({"/nowhere/at/all"})); },
              testing::ThrowsMessage<StartError>(StartsWith("cannot start '/nowhere/at/all'")));
}

TEST_F(AKeeperThatStandsBy, HoldsTheLocksOfItsCommand) {
  make_one();
  const std::string file = (directory_.path() / "lock").string();
  const Descriptor other(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  auto work = [&]() -> awaitable<void> {
    Descriptor lock(::open(file.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_EQ(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
    Command command = test::shell("echo ready; read line");
    command.input = StreamUse::Pipe;
    command.locks.push_back(lock.get());
    auto body = [&](Process& process) -> awaitable<void> {
      co_await test::wait_for_ready(process);
      lock.reset();
      EXPECT_NE(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    };
    co_await with_process(*host_, std::move(command), nullptr, std::move(body));
    EXPECT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
  };
  loop_.run(std::move(work));
}

TEST_F(AKeeperThatStandsBy, IsReplacedWhenSomebodyHasKilledIt) {
  const pid_t first = make_one();
  const pid_t waiting = who_waits_in(first);
  ::kill(first, SIGKILL);
  ASSERT_EQ(::waitpid(first, nullptr, 0), first);
  ASSERT_EQ(::waitpid(waiting, nullptr, 0), waiting);  // it is ours now, and ends by itself
  const pid_t second = who_takes_the_next();
  EXPECT_GT(second, 0);
  EXPECT_NE(second, first);
  host_.reset();
  EXPECT_THAT(cgroups_of_ours(), IsEmpty());
}

TEST_F(AKeeperThatStandsBy, StartsItsCommandAllTheSameWhenWhoWouldBecomeItWasKilled) {
  const pid_t keeper = make_one();
  const pid_t waiting = who_waits_in(keeper);
  ::kill(waiting, SIGKILL);
  ASSERT_TRUE(look_until([waiting] { return !process_stat(waiting)->alive(); }));
  EXPECT_EQ(who_takes_the_next(), keeper);
}

TEST_F(AKeeperThatStandsBy, IsWokenWhenSomebodyHasStoppedIt) {
  const pid_t keeper = make_one();
  const pid_t waiting = who_waits_in(keeper);
  for (const pid_t pid : {waiting, keeper}) ::kill(pid, SIGSTOP);
  ASSERT_TRUE(look_until([=] { return process_stat(waiting)->state == 'T' && process_stat(keeper)->state == 'T'; }));
  EXPECT_EQ(who_takes_the_next(), keeper);
}

TEST_F(AKeeperThatStandsBy, KeepsFromItsCommandTheSignalsThatCameBefore) {
  const pid_t waiting = who_waits_in(make_one());
  for (const int number : {SIGHUP, SIGTERM, SIGRTMIN}) ::kill(waiting, number);
  EXPECT_TRUE(succeeded(run(test::command_of({"true"})).status));
}

TEST_F(AKeeperThatStandsBy, IsNoneOfWhatAnotherOneHasLeftThatWasKilled) {
  make_one();
  pid_t second = -1;
  auto work = [&]() -> awaitable<void> {
    Command command = test::shell("echo ready; exec sleep 3600");
    command.stop = test::short_ladder();
    auto body = [&](Process& process) -> awaitable<void> {
      co_await test::wait_for_ready(process);
      const pid_t keeper = test::keeper_of(process);
      for (const pid_t pid : children_of(::getpid())) {
        if (pid != keeper) second = pid;
      }
      ::kill(keeper, SIGKILL);
    };
    co_await with_process(*host_, std::move(command), nullptr, std::move(body));
  };
  loop_.run(std::move(work));
  EXPECT_EQ(who_takes_the_next(), second);
}

TEST_F(AKeeperThatStandsBy, GoesWithWhoKeepsItReady) {
  make_one();
  host_.reset();
  EXPECT_THAT(children_of(::getpid()), IsEmpty());
  EXPECT_THAT(cgroups_of_ours(), IsEmpty());
}

TEST_F(AKeeperThatStandsBy, GoesAlsoWhenSomebodyHasStoppedIt) {
  const pid_t keeper = make_one();
  ::kill(keeper, SIGSTOP);
  ASSERT_TRUE(look_until([keeper] { return process_stat(keeper)->state == 'T'; }));
  host_.reset();
  EXPECT_THAT(children_of(::getpid()), IsEmpty());
}

TEST_F(AKeeperThatStandsBy, MakesTheCgroupOfItsCommandAndTakesItAway) {
  const OwnCgroup place = find_own_cgroup();
  make_one();
  std::string said;
  auto work = [&]() -> awaitable<void> {
    auto body = [&](Process& process) -> awaitable<void> { said = co_await read_tail(process.output(), 4096); };
    Command command = test::command_of({"cat", "/proc/self/cgroup"});
    co_await with_process(*host_, std::move(command), nullptr, std::move(body));
  };
  loop_.run(std::move(work));
  const std::size_t at = said.find("/" + place.prefix);
  EXPECT_EQ(at != std::string::npos, static_cast<bool>(place.directory)) << said;
  if (!place.directory) return;
  const std::string name = said.substr(at + 1, said.find('\n', at) - at - 1);
  EXPECT_NE(::faccessat(place.directory.get(), name.c_str(), F_OK, 0), 0) << name;
}

TEST(APassedRequest, BringsItsDescriptorsInTheirOrder) {
  KeeperLineEnds ends = make_keeper_line().value();
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const Descriptor reading(pipe[0]);
  Descriptor writing(pipe[1]);
  KeeperRequest request;
  request.kind = KeeperRequestKind::Start;
  request.streams = 5;
  const std::array sent{reading.get(), writing.get()};
  ASSERT_TRUE(pass_request(ends.ours.get(), request, sent));
  const std::optional<PassedRequest> taken = take_request(ends.keepers.get());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->request.streams, 5U);
  ASSERT_EQ(taken->count, 2U);
  const Descriptor first(taken->descriptors[0]);
  const Descriptor second(taken->descriptors[1]);
  ASSERT_EQ(::write(second.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(reading.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(::fcntl(first.get(), F_GETFD), FD_CLOEXEC);
}

TEST(APassedRequest, IsRefusedWithMoreDescriptorsThanThereIsRoomFor) {
  const KeeperLineEnds ends = make_keeper_line().value();
  const std::vector<int> many(kMostPassed + 1, ends.ours.get());
  EXPECT_FALSE(pass_request(ends.ours.get(), KeeperRequest(), many));
}

TEST(APassedRequest, IsNoneWhenThereIsNoRoomForItsDescriptors) {
  KeeperLineEnds ends = make_keeper_line().value();
  const std::vector<int> two(2, ends.ours.get());
  ASSERT_TRUE(pass_request(ends.ours.get(), KeeperRequest(), two));
  const int next = Descriptor(::dup(ends.ours.get())).get();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit room_for_one{static_cast<rlim_t>(next) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &room_for_one), 0);
  const std::optional<PassedRequest> taken = take_request(ends.keepers.get());
  const int after = Descriptor(::dup(ends.ours.get())).get();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(taken);
  EXPECT_EQ(after, next);
}

TEST(AKeeper, RefusesTheOrderOfAnotherBuild) {
  Containment containment;
  containment.keeper = test::program("keeper").string();
  const Descriptor order(::memfd_create("order", MFD_CLOEXEC));
  KeeperOrder of_another_build;
  of_another_build.magic = kKeeperMagic - 1;
  of_another_build.size = sizeof(KeeperOrder);
  ASSERT_EQ(::write(order.get(), &of_another_build, sizeof(of_another_build)), static_cast<ssize_t>(sizeof(of_another_build)));
  auto outcome = launch_keeper(containment, KeeperGifts{{-1, -1, -1}, order.get()});
  const auto* keeper = std::get_if<KeeperHandle>(&outcome);
  ASSERT_TRUE(keeper);
  KeeperReport report;
  EXPECT_EQ(::recv(keeper->line.get(), &report, sizeof(report), 0), static_cast<ssize_t>(sizeof(report)));
  EXPECT_EQ(report.kind, KeeperReportKind::NotStarted);
  EXPECT_EQ(report.error, EPROTO);
  EXPECT_EQ(::waitpid(keeper->process.pid, nullptr, 0), keeper->process.pid);
}

TEST(APassedRequest, IsNoneAtTheEndOfTheLine) {
  KeeperLineEnds ends = make_keeper_line().value();
  ends.ours.reset();
  EXPECT_FALSE(take_request(ends.keepers.get()));
}

}  // namespace
}  // namespace orchestrator
