// SIGKILL of the program that runs commands: its keepers see to it that nothing is left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/orchestrator/process/containment_fixture.hpp"
#include "tests/support/capability.hpp"

namespace orchestrator {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using test::swarm_mark;

constexpr unsigned kEndOfPatience = 20;  // seconds, then SIGALRM ends the test

/// A process with a loop and a LocalHost of its own, which is killed. Whom it loses becomes a child of the test.
class KilledOrchestrator : public test::TidyTest {
 protected:
  KilledOrchestrator() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

  using Make = std::function<Command()>;

  /// Starts it, with one command; returns when that is ready. \return the pid of the command.
  pid_t start(const Make& make, LocalHostOptions options) {
    std::array<int, 2> ready{};
    EXPECT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
    orchestrator_ = ::fork();
    if (orchestrator_ == 0) orchestrate(make, options, ready[1]);
    ::close(ready[1]);
    pid_t pid = -1;
    EXPECT_EQ(::read(ready[0], &pid, sizeof(pid)), static_cast<ssize_t>(sizeof(pid)));
    ::close(ready[0]);
    return pid;
  }

  void kill_orchestrator() const {
    ::alarm(kEndOfPatience);
    ::kill(orchestrator_, SIGKILL);
  }

  /// Keepers end last.
  static void wait_for_all() {
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    ::alarm(0);
  }

  [[nodiscard]] pid_t orchestrator() const { return orchestrator_; }
  [[nodiscard]] std::filesystem::path state() const { return directory_.path() / "state"; }

 private:
  [[noreturn]] void orchestrate(const Make& make, LocalHostOptions options, int ready) {
    test::RealLoop loop;
    LocalHost host(loop.loop(), state(), options);
    auto work = [&]() -> awaitable<void> {
      const std::unique_ptr<HostLock> lock = co_await host.lock("job", "a test");
      auto body = [&](Process& process) -> awaitable<void> {
        co_await test::wait_for_ready(process);
        const pid_t pid = test::pid_of(process);
        (void)!::write(ready, &pid, sizeof(pid));
        (void)co_await process.wait();
      };
      Command command = make();
      command.locks.push_back(lock->descriptor());
      co_await with_process(host, std::move(command), nullptr, std::move(body));
    };
    loop.run(std::move(work), std::chrono::hours(1));
    std::_Exit(1);
  }

  test::EnvironmentVariable libexec_{"ORCHESTRATOR_LIBEXEC", test::program("keeper").parent_path().string()};
  test::TemporaryDirectory directory_;
  pid_t orchestrator_ = -1;
};

struct Killed {
  const char* how;
  int count;
  bool cgroups;
};

class KilledOrchestratorOf : public KilledOrchestrator, public ::testing::WithParamInterface<Killed> {};

TEST_P(KilledOrchestratorOf, TakesEverythingWithIt) {
  auto make = [] { return test::swarm(GetParam().how, GetParam().count); };
  start(make, LocalHostOptions{GetParam().cgroups});
  kill_orchestrator();
  wait_for_all();
  EXPECT_THAT(test::processes_that_mention(swarm_mark()), IsEmpty());
}

std::string name_of_killed(const ::testing::TestParamInfo<Killed>& info) {
  return std::string(info.param.how) + (info.param.cgroups ? "_with_cgroup" : "_without");
}

INSTANTIATE_TEST_SUITE_P(Swarms, KilledOrchestratorOf,
                         ::testing::Values(Killed{"group", 20, true}, Killed{"group", 20, false},
                                           Killed{"escape", 200, true}, Killed{"escape", 200, false},
                                           Killed{"stopped", 10, true}, Killed{"stopped", 10, false},
                                           Killed{"chain", 2, true}, Killed{"chain", 2, false},
                                           Killed{"bomb", 8, true}, Killed{"bomb", 8, false}),
                         name_of_killed);

TEST_F(KilledOrchestrator, LeavesItsLockTakenUntilItsCommandIsGone) {
  auto make = [] { return test::command_of({test::actor("dies_slowly").string()}); };
  const pid_t command = start(make, LocalHostOptions());
  const Descriptor lock(::open((state() / "locks/job").c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_NE(::flock(lock.get(), LOCK_EX | LOCK_NB), 0);
  kill_orchestrator();
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  EXPECT_NE(::kill(command, 0), 0) << "the lock was free while the command was still there";
  wait_for_all();
}

TEST_F(KilledOrchestrator, TakesTheKeeperWithItThatStandsBy) {
  LocalHostOptions options;
  options.keep_ready = true;
  start([] { return test::shell("echo ready; exec sleep 3600"); }, options);
  std::vector<Descendant> keepers;
  add_children_of(orchestrator(), keepers);
  EXPECT_THAT(keepers, SizeIs(2));
  kill_orchestrator();
  wait_for_all();  // for that one too: it has become a child of ours
}

TEST_F(KilledOrchestrator, TakesWhatRunsAsAnotherUserWithIt) {
  REQUIRE_CAPABILITY("root", ::geteuid() == 0);
  auto make = [] {
    Command command = test::shell("setsid setsid sleep 2718281 & setsid sleep 2718281 & echo ready; exec sleep 2718281");
    command.run_as = "nobody";
    return command;
  };
  for (const bool cgroups : {true, false}) {
    start(make, LocalHostOptions{cgroups});
    kill_orchestrator();
    wait_for_all();
    EXPECT_THAT(test::processes_that_mention("2718281"), IsEmpty());
  }
}

}  // namespace
}  // namespace orchestrator
