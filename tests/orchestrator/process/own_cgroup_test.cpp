#include "orchestrator/process/own_cgroup.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator {
namespace {

constexpr auto kUnified = "28 23 0:25 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw\n";
constexpr auto kHybrid =
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime - cgroup2 cgroup2 rw\n";
constexpr auto kContainer = "41 31 0:38 /box/1 /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n";

TEST(OwnCgroupPath, IsBelowTheMount) {
  EXPECT_EQ(own_cgroup_path(kUnified, "0::/system.slice/orchestratord.service\n"),
            "/sys/fs/cgroup/system.slice/orchestratord.service");
}

TEST(OwnCgroupPath, IsFoundByTypeWhereverItIsMounted) {
  EXPECT_EQ(own_cgroup_path(kHybrid, "8:memory:/elsewhere\n0::/\n"), "/sys/fs/cgroup/uni fied/");
}

TEST(OwnCgroupPath, IsSeenFromWhatAContainerMounts) {
  EXPECT_EQ(own_cgroup_path(kContainer, "0::/box/1/job\n"), "/sys/fs/cgroup/job");
}

TEST(OwnCgroupPath, IsNoneOutsideOfTheMountOrWithoutOne) {
  EXPECT_EQ(own_cgroup_path(kContainer, "0::/other\n"), "");
  EXPECT_EQ(own_cgroup_path(kUnified, "0::/../outside\n"), "");
  EXPECT_EQ(own_cgroup_path(kUnified, "8:memory:/x\n"), "");
  EXPECT_EQ(own_cgroup_path("", "0::/\n"), "");
}

class StaleCgroups : public test::TidyTest {};

TEST_F(StaleCgroups, AreRemovedWhenTheirMakerIsDeadAndLeftWhenItLivesOrOthersAreConcerned) {
  const test::TemporaryDirectory place;
  // Pid 1 lives, but was not started at this moment.
  const std::string dead = "orchestrator-1-99999999999-3";
  const std::string ours = find_own_cgroup().prefix.empty() ? "" : find_own_cgroup().prefix + "1";
  for (const std::string& name : {dead, ours, std::string("system.slice")}) {
    if (!name.empty()) std::filesystem::create_directory(place.path() / name);
  }
  const Descriptor directory(::open(place.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  remove_stale_cgroups(directory.get());
  EXPECT_FALSE(std::filesystem::exists(place.path() / dead));
  EXPECT_TRUE(std::filesystem::exists(place.path() / ours));
  EXPECT_TRUE(std::filesystem::exists(place.path() / "system.slice"));
}

}  // namespace
}  // namespace orchestrator
