// Disks that really fill up, here and on another machine, while a real rsync writes: the run ends before they are full.
#include <chrono>
#include <fstream>
#include <sys/mount.h>

#include <unistd.h>

#include "tests/integration/program_test.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/mounted_disk.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uintmax_t kMiB = 1 << 20;

// Of a small disk, so that little has to be written until it is reached.
constexpr const char* kLimits =
    "[disk]\npreflight_minimum = \"60%\"\nwarning_threshold = \"55%\"\nruntime_minimum = \"50%\"\nstate_reserve = \"0B\"\n";

class DiskTest : public ProgramTest {
 protected:
  void SetUp() override {
    REQUIRE_CAPABILITY("root", ::getuid() == 0);
    REQUIRE_CAPABILITY("mount", begin_own_mounts());
  }

  // Zeros without room of their own, which rsync writes out.
  void make_large_source(unsigned files, std::uintmax_t each) const {
    fs::create_directories(source());
    for (unsigned number = 0; number < files; ++number) {
      const fs::path file = source() / ("file" + std::to_string(number));
      std::ofstream(file).flush();
      fs::resize_file(file, each);
    }
  }
  // With something to be deleted nobody can say beforehand that it does not fit.
  void make_target_uncertain() const { std::ofstream(disk() / "old") << "old"; }

  [[nodiscard]] fs::path disk() const { return folder() / "disk"; }
  [[nodiscard]] std::string slow_job(const std::string& target, const std::string& speed = "20MB") const {
    return rsync_job(target, "delete = true\nbandwidth_limit = \"" + speed + "\"\n");
  }

  static void expect_stopped_in_time(const ProgramEnd& end, const fs::path& disk, const std::string& where) {
    EXPECT_EQ(end.code, 6) << end.output << end.errors;
    const std::string text = end.output + end.errors;
    EXPECT_THAT(text, HasSubstr("'" + disk.string() + "/' " + where + " has "));
    EXPECT_THAT(text, HasSubstr("left, less than runtime_minimum = \"50%\""));
    EXPECT_THAT(text, HasSubstr("left, less than warning_threshold = \"55%\""));
    EXPECT_THAT(text, Not(HasSubstr("No space left")));
    EXPECT_THAT(end.output, HasSubstr("nothing left here"));
    EXPECT_THAT(processes_that_mention(disk), IsEmpty());
    const DiskRoom room = room_on(disk);
    EXPECT_GT(room.available, room.usable / 4) << "far from full";
    for (const auto& entry : fs::directory_iterator(disk)) {
      const std::string name = entry.path().filename();
      EXPECT_TRUE(name[0] != '.' || name == ".orchestrator-partial") << name << " is a stray temporary name";
    }
  }
};

struct FileSystem {
  const char* type;
  unsigned mebibytes;
};

class DiskOfEachKind : public DiskTest, public testing::WithParamInterface<FileSystem> {};

TEST_P(DiskOfEachKind, StopsARunBeforeItIsFull) {
  const FileSystem kind = GetParam();
  if (std::string(kind.type) != "tmpfs") REQUIRE_CAPABILITY("loop", can_make_disk(kind.type));
  mount_disk(disk(), kind.type, kind.mebibytes);
  make_large_source(kind.mebibytes / 4, 4 * kMiB);
  make_target_uncertain();
  configure(kLimits + slow_job(disk().string() + "/"));
  expect_stopped_in_time(run({"--once", "srv"}), disk(), "here");
}

INSTANTIATE_TEST_SUITE_P(Real, DiskOfEachKind,
                         testing::Values(FileSystem{"tmpfs", 48}, FileSystem{"ext4", 64}, FileSystem{"xfs", 300},
                                         FileSystem{"btrfs", 128}),
                         [](const auto& kind) { return std::string(kind.param.type); });

TEST_F(DiskTest, OnAnotherMachineStopsARunBeforeItIsFull) {
  mount_disk(disk(), "tmpfs", 48);
  const Sshd sshd;
  make_large_source(12, 4 * kMiB);
  make_target_uncertain();
  configure(kLimits + host_table(sshd.host()) + slow_job("nas:" + disk().string() + "/"));
  expect_stopped_in_time(run({"--once", "srv"}), disk(), "on 'nas'");
}

TEST_F(DiskTest, TellsProgramsWhatItSaw) {
  mount_disk(disk(), "tmpfs", 48);
  make_large_source(12, 4 * kMiB);
  make_target_uncertain();
  configure(kLimits + slow_job(disk().string() + "/"));
  const ProgramEnd end = run({"--once", "srv", "--json"});
  EXPECT_EQ(end.code, 6);
  EXPECT_THAT(end.output, HasSubstr("\"type\":\"disk\""));
  EXPECT_THAT(last_line(end.output), AllOf(HasSubstr("\"cause\":\"disk\""), ContainsRegex("\"least_available\":[1-9]"),
                                           ContainsRegex("\"highest_rate\":[1-9]"), HasSubstr("\"leftovers\":[]")));
}

TEST_F(DiskTest, StopsBothOfTwoRunsThatShareIt) {
  mount_disk(disk(), "tmpfs", 64);
  make_large_source(12, 4 * kMiB);
  fs::create_directories(disk() / "a");
  fs::create_directories(disk() / "b");
  std::ofstream(disk() / "a" / "old") << "old";
  std::ofstream(disk() / "b" / "old") << "old";
  const std::string lines = "delete = true\nbandwidth_limit = \"10MB\"\n";
  const auto job = [&](const char* name) {
    return "[jobs." + std::string(name) + "]\ntype = \"rsync\"\nsource = \"" + source().string() + "/\"\ntarget = \"" +
           (disk() / name).string() + "/\"\n" + lines;
  };
  configure(kLimits + job("a") + job("b"));
  ProgramRun first(options({"--once", "a"}));
  ProgramRun second(options({"--once", "b"}));
  const ProgramEnd one = first.wait();
  const ProgramEnd other = second.wait();
  // The one that looks first may leave room enough for the other.
  EXPECT_TRUE(one.code == 6 || other.code == 6) << one.output << other.output;
  EXPECT_GT(room_on(disk()).available, room_on(disk()).usable / 4);
}

TEST_F(DiskTest, StopsARunBeforeItsInodesAreUsedUp) {
  mount_disk(disk(), "tmpfs", 200, "nr_inodes=2000");
  make_source(2500, 4000);
  make_target_uncertain();
  configure(kLimits + slow_job(disk().string() + "/", "3MB"));
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 6) << end.output << end.errors;
  EXPECT_THAT(end.output, ContainsRegex("has [0-9.]+ % of its inodes \\([0-9]+\\) left, less than runtime_minimum"));
  EXPECT_THAT(end.output + end.errors, Not(HasSubstr("No space left")));
}

TEST_F(DiskTest, IsLookedAtBeforeAnythingChanges) {
  mount_disk(disk(), "tmpfs", 48);
  std::ofstream(disk() / "full").flush();
  run_program({system_program("dd"), "if=/dev/zero", "of=" + (disk() / "full").string(), "bs=1M", "count=24"});
  make_source(3, 10);
  configure(kLimits + slow_job(disk().string() + "/"));
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 3) << end.output << end.errors;
  EXPECT_THAT(end.errors, ContainsRegex("here has 50\\.0 % \\(24\\.0 MiB\\) free, less than preflight_minimum = \"60%\": 4\\.8 MiB too little"));
  EXPECT_THAT(end.errors, HasSubstr("nothing was changed"));
  EXPECT_FALSE(fs::exists(disk() / "folder0"));
}

TEST_F(DiskTest, IsNotBegunOnWhenWhatComesDoesNotFit) {
  mount_disk(disk(), "tmpfs", 48);
  // No holes: of what lies on a disk with little in it nobody looks closer.
  fs::create_directories(source());
  for (int number = 0; number < 12; ++number) {
    std::ofstream(source() / ("file" + std::to_string(number))) << std::string(4 * kMiB, 'x');
  }
  configure(kLimits + rsync_job(disk().string() + "/"));
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 3) << end.output << end.errors;
  EXPECT_THAT(end.errors, ContainsRegex("about 48\\.0 MiB would come to .* here, which has 24\\.0 MiB above runtime_minimum = \"50%\": "
                                        "24\\.0 MiB too much"));
  EXPECT_FALSE(fs::exists(disk() / "file0"));
}

TEST_F(DiskTest, OfOurOwnStateEndsARunAndTheStoreIsIntact) {
  mount_disk(folder() / "state", "tmpfs", 32);
  configure("[disk]\nstate_reserve = \"16MiB\"\n[jobs.srv]\ntype = \"command\"\nshell = \"cd " + (folder() / "state").string() +
            "; while :; do head -c 1000000 /dev/zero >>filler; sleep 0.05; done\"\n"
            "[jobs.next]\ntype = \"command\"\ncommand = [\"true\"]\ndisk = { state_reserve = \"1MiB\" }\n");
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 6) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("left, less than state_reserve = \"16MiB\""));
  EXPECT_EQ(run({"--once", "next"}).code, 0) << "nothing is broken";
}

TEST_F(DiskTest, ThatIsReadOnlyIsSaidSo) {
  mount_disk(disk(), "tmpfs", 48);
  ASSERT_EQ(::mount(nullptr, disk().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0);
  make_source(3, 10);
  configure(kLimits + rsync_job(disk().string() + "/"));
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 3) << end.output << end.errors;
}

using StallTest = ProgramTest;

TEST_F(StallTest, EndsAnItemThatMovesNothingWithAReasonOfItsOwn) {
  configure("[jobs.srv]\ntype = \"command\"\nshell = \"echo begun; sleep 1000; : " + folder().string() +
            "\"\nstall_timeout = \"1s\"\n");
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 6) << end.output << end.errors;
  EXPECT_THAT(end.errors, HasSubstr("nothing moved for 1 s, the limit of 'stall_timeout'"));
}

}  // namespace
}  // namespace orchestrator::test
