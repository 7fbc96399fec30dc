// The probe of another host: its shell, the df of this machine, and programs called quota.
#include "monitors/remote_probe.hpp"

#include <algorithm>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"
#include "tests/support/loopback_host.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::StartsWith;

constexpr const char* kFiveOfTen =
    "cat <<END\n"
    "Disk quotas for user ann (uid 60918): \n"
    "     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n"
    "      /dev/sdb1    5120       0   10240       0       6       0      10       0\n"
    "END\n";
constexpr const char* kNone = "echo 'Disk quotas for user ann (uid 60918): none'\n";

class RemoteProbeTest : public LocalTest {
 protected:
  RemoteProbeTest() { nas_.path = (directory_.path() / "bin").string() + ":/usr/bin:/bin"; }

  // What `quota` is over there.
  void install_quota(const std::string& text) const {
    const fs::path file = directory_.write("bin/quota", "#!/bin/sh\necho \"$*\" >>" + calls_ + "\n" + text);
    ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
  }
  // How often it was called.
  [[nodiscard]] std::ptrdiff_t calls() const {
    std::ifstream file(calls_);
    return std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n');
  }

  template <class Body>
  void with_probe(Body body) {
    auto work = [this, &body]() -> awaitable<void> {
      RemoteProbe probe(nas_);
      auto all = [&probe, &body](TaskGroup& group) -> awaitable<void> {
        group.spawn("probe", [&probe] { return probe.serve(); });
        co_await body(probe);
        group.cancel(CancelReason{CancelCause::Operator, "done"});
      };
      co_await with_task_group(std::move(all));
    };
    loop_.run(std::move(work));
  }

  LoopbackHost nas_{host_, "nas", directory_.path().string()};
  const std::string calls_ = (directory_.path() / "calls").string();
  const DiskWriter login_;
};

TEST_F(RemoteProbeTest, TakesWhatQuotaSaysThere) {
  install_quota(kFiveOfTen);
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    std::string path = directory_.path().string();
    const SpaceReading space = co_await probe.look(path, login_);
    EXPECT_EQ(space.available, 5U << 20);
    EXPECT_EQ(space.usable, 10U << 20);
    EXPECT_EQ(space.available_inodes, 4U);
    EXPECT_EQ(space.quota, "user 'ann'");
    (void)co_await probe.look(path, login_);
  });
  EXPECT_EQ(calls(), 2) << "at each look, where there is a limit";
  EXPECT_THAT(read_file(calls_), StartsWith("-ugwp -f /"));
}

TEST_F(RemoteProbeTest, AsksNobodyForTheQuotaOfRoot) {
  install_quota(kFiveOfTen);
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    DiskWriter root;
    root.without_quota = true;
    const SpaceReading space = co_await probe.look(directory_.path().string(), root);
    EXPECT_EQ(space.quota, "");
  });
  EXPECT_EQ(calls(), 0);
}

TEST_F(RemoteProbeTest, HasNoQuotaOfAGroupForALoginThatIsRoot) {
  const std::string group = std::to_string(::getgid());
  install_quota("echo 'Disk quotas for user root (uid 0): none'\n"
                "echo 'Disk quotas for group ours (gid " + group + "): '\n"
                "echo '      /dev/sdb1    5120       0   10240       0       6       0      10       0'\n");
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    const SpaceReading space = co_await probe.look(directory_.path().string(), login_);
    EXPECT_EQ(space.quota, "");
  });
}

TEST_F(RemoteProbeTest, AsksSeldomWhereThereIsNoQuota) {
  install_quota(kNone);
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    for (int i = 0; i < 10; ++i) {
      const SpaceReading space = co_await probe.look(directory_.path().string(), login_);
      EXPECT_EQ(space.quota, "");
    }
    EXPECT_EQ(calls(), 1);
    install_quota(kFiveOfTen);
    SpaceReading space;
    for (int i = 0; i < 12; ++i) space = co_await probe.look(directory_.path().string(), login_);
    EXPECT_EQ(space.quota, "user 'ann'") << "but it may come";
  });
}

TEST_F(RemoteProbeTest, NeedsNoQuotaProgram) {
  for (const char* program : {"sh", "df", "id", "cat"}) {
    fs::create_directories(directory_.path() / "bin");
    fs::create_symlink(fs::path("/bin") / program, directory_.path() / "bin" / program);
  }
  nas_.path = (directory_.path() / "bin").string();
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      const SpaceReading space = co_await probe.look(directory_.path().string(), login_);
      EXPECT_GT(space.usable, 0U);
      EXPECT_EQ(space.quota, "");
    }
  });
}

TEST_F(RemoteProbeTest, IsHeldOnceByAQuotaThatHangs) {
  const fs::path gate = directory_.path() / "gate";
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  install_quota("read line <" + gate.string() + "\n" + kFiveOfTen);
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 5; ++i) {
      const SpaceReading space = co_await probe.look(directory_.path().string(), login_);
      EXPECT_GT(space.usable, 0U) << "df answers all the same";
      EXPECT_EQ(space.quota, "");
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 8s) << "not 2 s each";
    EXPECT_EQ(calls(), 1) << "nobody else is sent after the one that hangs";
    std::ofstream(gate) << "go\n";
    SpaceReading space;
    for (int i = 0; i < 1000 && space.quota.empty(); ++i) space = co_await probe.look(directory_.path().string(), login_);
    EXPECT_EQ(space.quota, "user 'ann'");
    EXPECT_EQ(calls(), 1) << "what comes late is an answer too";
  });
}

// The first time, too: a run is judged by it before it begins.
TEST_F(RemoteProbeTest, TellsAllWhoLookAtOnceAtTwoMounts) {
  install_quota(kFiveOfTen);
  const fs::path df = directory_.write("bin/df", "#!/bin/sh\necho \"/dev/${2##*/} 100000 1 99999 1% /mnt/${2##*/}\"\n");
  ASSERT_EQ(::chmod(df.c_str(), 0755), 0);
  for (const char* mount : {"a", "b"}) fs::create_directory(directory_.path() / mount);
  std::size_t told = 0;
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    auto look_often = [&](std::string mount) -> awaitable<void> {
      for (int i = 0; i < 20; ++i) {
        const SpaceReading space = co_await probe.look((directory_.path() / mount).string(), login_);
        if (space.quota == "user 'ann'") ++told;
      }
    };
    auto all = [&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 4; ++i) {
        const std::string mount = i % 2 == 0 ? "a" : "b";
        group.spawn(mount, [look_often, mount] { return look_often(mount); });
      }
      co_return;
    };
    co_await with_task_group(std::move(all));
  });
  EXPECT_EQ(told, 80U);
}

TEST_F(RemoteProbeTest, FailsWhereAKnownQuotaIsNotToldAnyMore) {
  const fs::path gate = directory_.path() / "gate";
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  install_quota(kFiveOfTen);
  with_probe([&](RemoteProbe& probe) -> awaitable<void> {
    (void)co_await probe.look(directory_.path().string(), login_);
    install_quota("read line <" + gate.string() + "\n");
    auto look = [&]() -> awaitable<void> { (void)co_await probe.look(directory_.path().string(), login_); };
    std::ofstream held;
    auto given_up = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("look", [&look] { return look(); });
      auto open = [gate] { return std::ofstream(gate); };
      held = co_await run_blocking(std::move(open));  // when quota waits there
      group.cancel(CancelReason{CancelCause::Operator, "who looks decides how long"});
    };
    co_await with_task_group(std::move(given_up));
    std::string failure;
    try {
      co_await look();
    } catch (const Error& error) {
      failure = error.what();
    }
    EXPECT_EQ(failure, "quota does not answer");
  });
}

}  // namespace
}  // namespace orchestrator::test
