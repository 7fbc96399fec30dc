#include "orchestrator/process/df_output.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(ParseDf, FindsTotalAndAvailable) {
  const DfLine line = parse_df(
      "Filesystem     1024-blocks    Used Available Capacity Mounted on\n"
      "/dev/vda1         20511356 4711000  14735408      25% /\n");
  EXPECT_EQ(line.total, 20511356U);
  EXPECT_EQ(line.available, 14735408U);
}

TEST(ParseDf, IsNotConfusedBySpacesAndNumbersInNames) {
  const DfLine line = parse_df(
      "Filesystem 1024-blocks Used Available Capacity Mounted on\n"
      "//nas/my files 1 2 100 40 60 40% /mnt/my files 1 2 3 4%\n");
  EXPECT_EQ(line.total, 100U);
  EXPECT_EQ(line.available, 60U);
}

TEST(ParseDf, TakesFileSystemsWithoutABoundOnInodes) {
  const DfLine line = parse_df(
      "Filesystem     Inodes IUsed IFree IUse% Mounted on\n"
      "/dev/vdb            0     0     0     - /srv\n");
  EXPECT_EQ(line.total, 0U);
  EXPECT_EQ(line.available, 0U);
}

TEST(ParseDf, TakesLessThanNothingForNothing) {
  EXPECT_EQ(parse_df("/dev/vda1 100 99 -4 105% /\n").available, 0U);
}

TEST(ParseDf, RefusesWhatHasNoNumbers) {
  EXPECT_THROW((void)parse_df(""), Error);
  EXPECT_THROW((void)parse_df("df: command not found\n"), Error);
}

}  // namespace
}  // namespace orchestrator
