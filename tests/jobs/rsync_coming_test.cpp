#include "jobs/rsync_coming.hpp"

#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

TEST(RsyncComing, AddsUpNewFilesAndWhatTakesInodes) {
  RsyncComing coming;
  coming.add("cd+++++++++ 4096");
  coming.add("<f+++++++++ 1000");
  coming.add(">f+++++++++ 500");
  coming.add("cL+++++++++ 7");
  EXPECT_EQ(coming.bytes(), 1500U);
  EXPECT_EQ(coming.inodes(), 4U);
  EXPECT_TRUE(coming.certain());
}

TEST(RsyncComing, CountsHardLinksAndAttributesForNothing) {
  RsyncComing coming;
  coming.add("hf+++++++++ 1000");
  coming.add(".d..t...... 4096");
  coming.add(".f...p..... 1000");
  EXPECT_EQ(coming.bytes(), 0U);
  EXPECT_EQ(coming.inodes(), 0U);
}

TEST(RsyncComing, IsNotCertainWhenSomethingMakesRoom) {
  RsyncComing replaced;
  replaced.add("<f.st...... 1000");
  replaced.add("<f.st...... 300");
  EXPECT_EQ(replaced.bytes(), 1000U) << "the old one goes when the new one is there";
  EXPECT_FALSE(replaced.certain());
  RsyncComing deleted;
  deleted.add("*deleting   0");
  EXPECT_FALSE(deleted.certain());
}

TEST(RsyncComing, IgnoresWhatItDoesNotKnow) {
  RsyncComing coming;
  for (const char* line : {"", "sending incremental file list", "<f+++++++++", "<f+++++++++ ", "<f+++++++++ x"}) coming.add(line);
  EXPECT_EQ(coming.bytes(), 0U);
  EXPECT_EQ(coming.inodes(), 0U);
}

}  // namespace
}  // namespace orchestrator::test
