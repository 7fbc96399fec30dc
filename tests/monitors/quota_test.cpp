// Quotas as quota(1) tells of them, and what they do to a reading.
#include "monitors/quota.hpp"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kMiB = 1 << 20;

SpaceReading disk(std::uint64_t available, std::uint64_t usable = 100 * kMiB) {
  SpaceReading space;
  space.usable = usable;
  space.available = available;
  space.device = "fe01";
  return space;
}

Quota of_bytes(std::uint64_t limit, std::uint64_t used) {
  Quota quota;
  quota.id = 1000;
  quota.name = "ann";
  quota.limit = limit;
  quota.used = used;
  return quota;
}

TEST(QuotaOnAReading, CountsWhereItIsUsedUpBeforeTheDisk) {
  SpaceReading space = disk(60 * kMiB);
  apply(of_bytes(20 * kMiB, 5 * kMiB), space);
  EXPECT_EQ(space.available, 15 * kMiB);
  EXPECT_EQ(space.usable, 20 * kMiB) << "percent are of what the user can ever have";
  EXPECT_EQ(space.quota, "user 'ann'");
}

TEST(QuotaOnAReading, CountsNotWhereTheDiskIsFullBefore) {
  SpaceReading space = disk(30 * kMiB);
  apply(of_bytes(80 * kMiB, 10 * kMiB), space);
  EXPECT_EQ(space.available, 30 * kMiB);
  EXPECT_EQ(space.usable, 100 * kMiB) << "or a generous quota would make a full disk look better";
  EXPECT_EQ(space.quota, "");
}

TEST(QuotaOnAReading, IsNothingWithoutALimit) {
  SpaceReading space = disk(30 * kMiB);
  apply(of_bytes(0, 10 * kMiB), space);
  EXPECT_EQ(space.available, 30 * kMiB);
  EXPECT_EQ(space.device, "fe01");
}

TEST(QuotaOnAReading, LeavesNothingToWhoIsAboveIt) {
  SpaceReading space = disk(30 * kMiB);
  apply(of_bytes(10 * kMiB, 12 * kMiB), space);
  EXPECT_EQ(space.available, 0U);
  EXPECT_EQ(space.usable, 10 * kMiB);
}

TEST(QuotaOnAReading, IsNeverMoreThanTheDisk) {
  SpaceReading space = disk(100 * kMiB);
  apply(of_bytes(500 * kMiB, 450 * kMiB), space);
  EXPECT_EQ(space.available, 50 * kMiB);
  EXPECT_EQ(space.usable, 100 * kMiB);
}

TEST(QuotaOnAReading, CountsInodesToo) {
  Quota quota;
  quota.kind = QuotaKind::Group;
  quota.id = 100;
  quota.inode_limit = 50;
  quota.used_inodes = 20;
  SpaceReading space = disk(30 * kMiB);
  space.usable_inodes = 1000;
  space.available_inodes = 500;
  apply(quota, space);
  EXPECT_EQ(space.available_inodes, 30U);
  EXPECT_EQ(space.usable_inodes, 50U);
  EXPECT_EQ(space.inode_quota, "group 100");
  EXPECT_EQ(space.quota, "");
  SpaceReading uncounted = disk(30 * kMiB);
  apply(quota, uncounted);
  EXPECT_EQ(uncounted.available_inodes, 30U) << "also where the file system does not count them";
}

TEST(QuotaOnAReading, OfTwoTheTighterCounts) {
  SpaceReading space = disk(60 * kMiB);
  Quota group = of_bytes(30 * kMiB, 20 * kMiB);
  group.kind = QuotaKind::Group;
  group.name = "staff";
  apply(of_bytes(20 * kMiB, 5 * kMiB), space);
  apply(group, space);
  EXPECT_EQ(space.available, 10 * kMiB);
  EXPECT_EQ(space.usable, 30 * kMiB) << "of its own size";
  EXPECT_EQ(space.quota, "group 'staff'");
}

constexpr const char* kOutput =
    "Disk quotas for user nobody (uid 65534): \n"
    "     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n"
    "      /dev/ubdb    2932*   2000    4000 1700000000       3       0      10       0\n"
    "Disk quotas for group mail (gid 8): none\n"
    "Disk quotas for group no group (gid 65534): \n"
    "     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n"
    "  //nas/a b share    100       0    1000       0       3       2       0       0\n";

QuotaQuestion at(std::time_t now, std::uint64_t group = 65534) {
  QuotaQuestion question;
  question.group = group;
  question.now = now;
  return question;
}

TEST(QuotaOutput, TellsTheLimitsOfTheUserAndOfTheGroup) {
  const std::vector<Quota> quotas = parse_quota(kOutput, at(1'600'000'000));
  ASSERT_THAT(quotas, SizeIs(2));
  EXPECT_EQ(owner_text(quotas[0]), "user 'nobody'");
  EXPECT_EQ(quotas[0].limit, 4000U * 1024) << "the soft one may be exceeded, still";
  EXPECT_EQ(quotas[0].used, 2932U * 1024);
  EXPECT_EQ(quotas[0].inode_limit, 10U);
  EXPECT_EQ(quotas[0].used_inodes, 3U);
  EXPECT_EQ(owner_text(quotas[1]), "group 'no group'");
  EXPECT_EQ(quotas[1].limit, 1000U * 1024);
  EXPECT_EQ(quotas[1].inode_limit, 0U);
  EXPECT_THAT(parse_quota(kOutput, at(1'600'000'000, 8)), SizeIs(1)) << "not of a group that new files do not get";
}

TEST(QuotaOutput, HasTheSoftLimitOnceItsGraceIsOver) {
  const std::vector<Quota> quotas = parse_quota(kOutput, at(1'700'000'000));
  ASSERT_THAT(quotas, SizeIs(2));
  EXPECT_EQ(quotas[0].limit, 2000U * 1024);
  SpaceReading space = disk(30 * kMiB);
  apply(quotas[0], space);
  EXPECT_EQ(space.available, 0U);
  EXPECT_EQ(quotas[1].inode_limit, 0U) << "above the soft limit, and no grace has begun";
}

TEST(QuotaOutput, IsNothingForRoot) {
  EXPECT_THAT(parse_quota("Disk quotas for user root (uid 0):\n/dev/a 1 0 4 0 1 0 1 0\n", at(0)), IsEmpty());
}

TEST(QuotaOutput, IsNothingWhenItSaysSomethingElse) {
  for (const char* text :
       {"", "none\n", "usage: quota [-gu]\n", "Disk quotas for user ann (uid 1): none\n", "/dev/a 1 0 4 0 1 0 1 0\n",
        "Disk quotas for user ann (uid x):\n/dev/a 1 0 4 0 1 0 1 0\n", "Disk quotas for user ann (uid 1):\n/dev/a 1 0 4 0 1 0 1\n",
        "Disk quotas for user ann (uid 1):\n1 0 4 0 1 0 1 0\n", "Disk quotas for user ann (uid 1):\n/dev/a 1 0 4 6days 1 0 1 0\n",
        "Disk quotas for user ann (uid 1):\n/dev/a 1 0 0 0 1 0 0 0\n", "Disk quotas for user ):(uid\n/dev/a 1 0 4 0 1 0 1 0\n"}) {
    EXPECT_THAT(parse_quota(text, at(0)), IsEmpty()) << text;
  }
}

// Whatever comes: a reading that makes sense.
TEST(QuotaOutput, DoesNoHarmWhateverIsPrinted) {
  std::mt19937 random(4711);
  const std::string alphabet = "0123456789 -*():\t\n/abM\\\xff";
  std::size_t understood = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = kOutput;
    const unsigned changes = random() % 8;
    for (unsigned i = 0; i < changes && !text.empty(); ++i) {
      const std::size_t where = random() % text.size();
      switch (random() % 3) {
        case 0: text[where] = alphabet[random() % alphabet.size()]; break;
        case 1: text.erase(where, random() % 20); break;
        default: text.insert(where, 1, alphabet[random() % alphabet.size()]);
      }
    }
    SpaceReading space = disk(random() % kMiB, kMiB);
    for (const Quota& quota : parse_quota(text, at(1'700'000'000))) {
      EXPECT_TRUE(quota.limit > 0 || quota.inode_limit > 0);
      apply(quota, space);
      ++understood;
    }
    EXPECT_LE(space.available, space.usable);
    EXPECT_LE(space.available_inodes, space.usable_inodes);
  }
  EXPECT_GT(understood, 10'000U);
}

}  // namespace
}  // namespace orchestrator::test
