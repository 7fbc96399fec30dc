#include "jobs/rsync_exit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

TEST(RsyncExit, HasTheWordsOfTheManualForEveryCode) {
  for (const int code : {1,  2,  3,  4,  5,  6,  10, 11, 12,  13,  14,  15,  16, 19,
                         20, 21, 22, 23, 24, 25, 30, 35, 124, 125, 126, 127, 255}) {
    EXPECT_FALSE(rsync_exit_meaning(code).empty()) << code;
  }
  EXPECT_EQ(rsync_exit_meaning(12), "error in rsync protocol data stream");
  EXPECT_EQ(rsync_exit_meaning(0), "");
  EXPECT_EQ(rsync_exit_meaning(99), "");
}

TEST(RsyncExit, SaysWhatToDo) {
  EXPECT_THAT(rsync_exit_remedy(127, "nas"), ::testing::HasSubstr("install rsync on 'nas'"));
  EXPECT_THAT(rsync_exit_remedy(25, ""), ::testing::HasSubstr("max_delete"));
  EXPECT_THAT(rsync_exit_remedy(12, "nas"), ::testing::HasSubstr("'nas'"));
  EXPECT_EQ(rsync_exit_remedy(99, "nas"), "");
}

}  // namespace
}  // namespace orchestrator::test
