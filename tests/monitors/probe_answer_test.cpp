#include "monitors/probe_answer.hpp"

#include <random>

#include <gtest/gtest.h>

#include "monitors/mount_table.hpp"
#include "orchestrator/error.hpp"

namespace orchestrator::test {
namespace {

constexpr const char* kBlocks =
    "Filesystem     1024-blocks     Used Available Capacity Mounted on\n"
    "/dev/sdb1         10000000  2000000   7500000      22% /mnt/a b\n";
constexpr const char* kInodes =
    "Filesystem     Inodes IUsed IFree IUse% Mounted on\n"
    "/dev/sdb1      655360   360 655000    1% /mnt/a b\n";

TEST(DfAnswer, CountsWhatPlainUsersCanHave) {
  const SpaceReading space = parse_df_answer(kBlocks, kInodes).space;
  EXPECT_EQ(space.available, 7'500'000ULL * 1024);
  EXPECT_EQ(space.usable, 9'500'000ULL * 1024) << "reserved blocks are nobody's";
  EXPECT_EQ(space.usable_inodes, 655'360U);
  EXPECT_EQ(space.available_inodes, 655'000U);
}

TEST(DfAnswer, KnowsTheFileSystemAgain) {
  std::string later = kBlocks;
  later.replace(later.find("7500000"), 7, "1234567");
  EXPECT_EQ(parse_df_answer(kBlocks, "").space.device, parse_df_answer(later, "").space.device);
  std::string other = kBlocks;
  other.replace(other.find("10000000"), 8, "20000000");
  EXPECT_NE(parse_df_answer(kBlocks, "").space.device, parse_df_answer(other, "").space.device) << "a project's directory";
  other = kBlocks;
  other.replace(other.find("a b"), 3, "c d");
  EXPECT_NE(parse_df_answer(kBlocks, "").space.device, parse_df_answer(other, "").space.device);
}

TEST(DfAnswer, TakesMissingNumbersAndLessThanNothing) {
  const SpaceReading space = parse_df_answer("h\n//nas/share - - - - /x\n/dev/a 100 100 -5 105% /y\n", "rubbish").space;
  EXPECT_EQ(space.available, 0U);
  EXPECT_EQ(space.usable_inodes, 0U);
  EXPECT_EQ(parse_df_answer("/dev/a 100 100 -5 105% /y\n", "h\n/dev/a 0 0 0 - /y\n").space.available, 0U);
}

TEST(DfAnswer, RefusesRubbish) {
  for (const char* text : {"", "\n", "df: /x: Permission denied", "a b c d e f", "/dev/a 1 2 3", "/dev/a 1 2 3 4 /x",
                           "/dev/a 99999999999999999999 1 1 1% /x", "/dev/a 1x 2 3 4% /x", "/dev/a --1 1 1 1% /x"}) {
    EXPECT_THROW((void)parse_df_answer(text, ""), Error) << text;
  }
}

TEST(DfAnswer, NeverOverflows) {
  const SpaceReading space = parse_df_answer("/dev/a 1 18446744073709551615 18446744073709551615 1% /x", "").space;
  EXPECT_EQ(space.usable, ~0ULL);
  EXPECT_EQ(space.available, ~0ULL);
}

// Whatever comes: a reading that makes sense, or an error.
TEST(DfAnswer, TakesNoHarmFromWhateverIsPrinted) {
  std::mt19937 random(4711);
  const std::string alphabet = "0123456789 -%\t\n/abM\\\xff";
  for (int round = 0; round < 20'000; ++round) {
    std::string blocks = kBlocks;
    std::string inodes = kInodes;
    for (std::string* text : {&blocks, &inodes}) {
      const unsigned changes = random() % 8;
      for (unsigned i = 0; i < changes && !text->empty(); ++i) {
        const std::size_t at = random() % text->size();
        switch (random() % 3) {
          case 0: (*text)[at] = alphabet[random() % alphabet.size()]; break;
          case 1: text->erase(at, random() % 20); break;
          default: text->insert(at, 1, alphabet[random() % alphabet.size()]);
        }
      }
    }
    try {
      const SpaceReading space = parse_df_answer(blocks, inodes).space;
      EXPECT_LE(space.available, space.usable);
      EXPECT_LE(space.available_inodes, space.usable_inodes);
    } catch (const Error&) {
    }
  }
}

TEST(HelperAnswer, IsReadOrRefused) {
  const SpaceReading space = parse_helper_answer("space fe01 1000 200 50 5 1").space;
  EXPECT_EQ(space.usable, 1000U);
  EXPECT_EQ(space.available, 200U);
  EXPECT_EQ(space.usable_inodes, 50U);
  EXPECT_EQ(space.available_inodes, 5U);
  EXPECT_TRUE(space.read_only);
  EXPECT_EQ(space.device, "fe01");
  for (const char* text : {"", "space", "space a 1 2 3 4", "space a 1 2 3 4 2", "space a 1 2 3 4 0 5", "space a x 2 3 4 0",
                           "error", "error x", "error 99999", "hello"}) {
    EXPECT_THROW((void)parse_helper_answer(text), Error) << text;
  }
}

TEST(HelperAnswer, HasTheQuotasBehindTheNumbers) {
  const std::string space = "space fe01 1000 200 50 5 0";
  const std::vector<Quota> quotas = parse_helper_answer(space + " user 1000 4096 1024 10 3 group 100 0 5 0 6").quotas;
  ASSERT_EQ(quotas.size(), 1U) << "one has no limit";
  EXPECT_EQ(quotas[0].kind, QuotaKind::User);
  EXPECT_EQ(quotas[0].id, 1000U);
  EXPECT_EQ(quotas[0].limit, 4096U);
  EXPECT_EQ(quotas[0].used, 1024U);
  EXPECT_EQ(quotas[0].inode_limit, 10U);
  EXPECT_EQ(quotas[0].used_inodes, 3U);
  for (const char* more : {" user", " user 1 2 3 4", " user 1 2 3 4 x", " project 1 2 3 4 5", " user 1 2 3 4 5 6"}) {
    EXPECT_THROW((void)parse_helper_answer(space + more), Error) << more;
  }
}

TEST(DfAnswer, KnowsWhereItIsMounted) {
  EXPECT_EQ(parse_df_answer(kBlocks, kInodes).mount_point, "/mnt/a b");
  EXPECT_EQ(parse_df_answer("/dev/a 1 2 3 4%", "").mount_point, "");
}

TEST(HelperAnswer, SaysWhyThereIsNone) {
  try {
    (void)parse_helper_answer("error 5");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "Input/output error");
  }
}

constexpr const char* kMounts =
    "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
    "23 22 0:21 / /proc rw - proc proc rw\n"
    "30 22 0:40 / /mnt/a\\040b rw - tmpfs tmpfs rw\n"
    "31 22 0:41 / /mnt rw - tmpfs tmpfs rw\n"
    "garbage\n";

TEST(MountTable, FindsTheLongestMountPoint) {
  const std::vector<std::string> mounts = mount_points(kMounts);
  EXPECT_EQ(mount_of(mounts, "/srv/x"), "/");
  EXPECT_EQ(mount_of(mounts, "/mnt"), "/mnt");
  EXPECT_EQ(mount_of(mounts, "/mnt/x"), "/mnt");
  EXPECT_EQ(mount_of(mounts, "/mntx"), "/");
  EXPECT_EQ(mount_of(mounts, "/mnt/a b/c"), "/mnt/a b");
  EXPECT_EQ(mount_of(mounts, "/srv/../mnt/./a b"), "/mnt/a b");
  EXPECT_EQ(mount_of({}, "/srv"), "/");
}

}  // namespace
}  // namespace orchestrator::test
