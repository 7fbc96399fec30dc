// The helpers for mounts on this machine, on real file systems: some are full, one hangs.
#include "monitors/local_probe.hpp"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "orchestrator/error.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/environment_variable.hpp"
#include "tests/support/mounted_disk.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/sshd.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::SizeIs;

const DiskWriter kUs;

/// tests/actors/hungfs.cpp
class HungMount {
 public:
  explicit HungMount(const fs::path& path) {
    fs::create_directories(path);
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipes");
    const std::string program = actor("hungfs");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::execl(program.c_str(), program.c_str(), path.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = ::fdopen(out[0], "r");
    await("ready");
  }
  ~HungMount() {
    ::close(input_);
    std::fclose(output_);
    ::waitpid(pid_, nullptr, 0);
  }
  HungMount(const HungMount&) = delete;
  HungMount& operator=(const HungMount&) = delete;

  void obey(const std::string& command) {
    const std::string line = command + "\n";
    if (::write(input_, line.data(), line.size()) < 0) throw std::runtime_error("hungfs has ended");
    await(command);
  }

 private:
  void await(const std::string& word) {
    char line[64];
    if (std::fgets(line, sizeof line, output_) == nullptr || word + "\n" != line) throw std::runtime_error("no " + word);
  }

  pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* output_ = nullptr;
};

class LocalProbeTest : public TidyTest {
 protected:
  // Without a watch over how long the loop is held: the tests wait for other programs in it.
  template <class Body>
  void with_probe(Body body) {
    Loop loop;
    auto work = [&]() -> awaitable<void> {
      LocalProbe probe(loop.io());
      co_await body(probe);
      co_await probe.close();
    };
    loop.run("test", std::move(work));
  }

  EnvironmentVariable libexec_{"ORCHESTRATOR_LIBEXEC", program("disk_probe").parent_path().string()};
  TemporaryDirectory folder_;
};

TEST_F(LocalProbeTest, SeesWhatPlainUsersCanHave) {
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    const SpaceReading space = co_await probe.look(folder_.path().string(), kUs);
    const DiskRoom room = room_on(folder_.path());
    EXPECT_EQ(space.usable, room.usable);
    EXPECT_NEAR(static_cast<double>(space.available), static_cast<double>(room.available), 1e9);
    EXPECT_FALSE(space.read_only);
  });
}

TEST_F(LocalProbeTest, TakesThePartOfAPathThatExists) {
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    const SpaceReading space = co_await probe.look(folder_.path().string() + "/not/there//yet/", kUs);
    EXPECT_EQ(space.usable, room_on(folder_.path()).usable);
  });
}

TEST_F(LocalProbeTest, HasOneHelperForAMountHoweverManyLook) {
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    for (int i = 0; i < 20; ++i) (void)co_await probe.look(folder_.path().string() + "/" + std::to_string(i), kUs);
    EXPECT_THAT(probe.helpers(), SizeIs(1));
  });
}

TEST_F(LocalProbeTest, StartsAHelperAnewThatWasKilled) {
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    const std::string path = folder_.path().string();
    (void)co_await probe.look(path, kUs);
    const pid_t killed = probe.helpers().front().second;
    ::kill(killed, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(killed), &info, WEXITED | WNOWAIT);
    const SpaceReading again = co_await probe.look(path, kUs);
    EXPECT_GT(again.usable, 0U);
  });
}

TEST_F(LocalProbeTest, SeesMountsThatComeAndGoAndBecomeReadOnly) {
  REQUIRE_CAPABILITY("root", ::getuid() == 0);
  REQUIRE_CAPABILITY("mount", begin_own_mounts());
  const fs::path disk = folder_.path() / "disk";
  fs::create_directories(disk);
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    const SpaceReading before = co_await probe.look(disk.string(), kUs);
    mount_disk(disk, "tmpfs", 8, "nr_inodes=100");
    const SpaceReading mounted = co_await probe.look(disk.string(), kUs);
    EXPECT_NE(mounted.device, before.device);
    EXPECT_EQ(mounted.usable, 8U << 20);
    EXPECT_EQ(mounted.usable_inodes, 100U);
    EXPECT_THAT(probe.helpers(), testing::Contains(testing::Key(disk.string()))) << "a new mount has a new helper";
    EXPECT_EQ(::mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
    const SpaceReading read_only = co_await probe.look(disk.string(), kUs);
    EXPECT_TRUE(read_only.read_only);
    EXPECT_EQ(::umount2(disk.c_str(), 0), 0) << "a helper holds no mount busy";
    const SpaceReading after = co_await probe.look(disk.string(), kUs);
    EXPECT_EQ(after.device, before.device);
  });
}

TEST_F(LocalProbeTest, TellsOfADiskThatHasAnError) {
  REQUIRE_CAPABILITY("root", ::getuid() == 0);
  REQUIRE_CAPABILITY("mount", begin_own_mounts());
  REQUIRE_CAPABILITY("loop", can_make_disk("xfs"));
  const fs::path disk = folder_.path() / "disk";
  mount_disk(disk, "xfs", 300);
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    const SpaceReading well = co_await probe.look(disk.string(), kUs);
    EXPECT_GT(well.usable, 0U);
    run_program({system_program("xfs_io"), "-x", "-c", "shutdown", disk.string()});
    std::string failure;
    try {
      (void)co_await probe.look(disk.string(), kUs);
    } catch (const Error& error) {
      failure = error.what();
    }
    EXPECT_EQ(failure, "Input/output error");
  });
  EXPECT_EQ(::umount2(disk.c_str(), 0), 0);
}

TEST_F(LocalProbeTest, IsHeldByNothingThatHangs) {
  REQUIRE_CAPABILITY("root", ::getuid() == 0);
  REQUIRE_CAPABILITY("mount", begin_own_mounts());
  REQUIRE_CAPABILITY("fuse", fs::exists("/dev/fuse"));
  const fs::path hung = folder_.path() / "hung";
  HungMount mount(hung);
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    const SpaceReading well = co_await probe.look(hung.string(), kUs);
    EXPECT_EQ(well.available, 500U * 4096);
    mount.obey("hang");
    for (int i = 0; i < 3; ++i) {
      auto look = [&]() -> awaitable<void> { (void)co_await probe.look(hung.string(), kUs); };
      const ScopeEnd end = co_await with_limit(50ms, std::move(look));
      EXPECT_EQ(end, ScopeEnd::Cancelled);
    }
    EXPECT_THAT(probe.helpers(), SizeIs(1)) << "one, however often it was asked";
    const SpaceReading other = co_await probe.look(folder_.path().string(), kUs);
    EXPECT_GT(other.usable, 0U) << "another mount has another helper";
    mount.obey("resume");
    const SpaceReading again = co_await probe.look(hung.string(), kUs);
    EXPECT_EQ(again.available, 500U * 4096) << "what nobody waited for is not taken for an answer";
  });
}

TEST_F(LocalProbeTest, DoesNotWaitForWhatHangsAtItsEnd) {
  REQUIRE_CAPABILITY("root", ::getuid() == 0);
  REQUIRE_CAPABILITY("mount", begin_own_mounts());
  REQUIRE_CAPABILITY("fuse", fs::exists("/dev/fuse"));
  HungMount mount(folder_.path() / "hung");
  mount.obey("hang");
  pid_t helper = -1;
  const auto begin = std::chrono::steady_clock::now();
  with_probe([&](LocalProbe& probe) -> awaitable<void> {
    auto look = [&]() -> awaitable<void> { (void)co_await probe.look(folder_.path().string() + "/hung", kUs); };
    co_await with_limit(50ms, std::move(look));
    helper = probe.helpers().front().second;
  });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  EXPECT_EQ(::waitpid(helper, nullptr, WNOHANG), 0) << "it hangs still";
  mount.obey("resume");
  EXPECT_EQ(::waitpid(helper, nullptr, 0), helper) << "and goes when its mount lets it";
}

}  // namespace
}  // namespace orchestrator::test
