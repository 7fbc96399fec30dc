#include "orchestrator/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LinesOf, AreWithoutTheirEnds) {
  EXPECT_THAT(lines_of("one\ntwo\n"), ElementsAre("one", "two"));
  EXPECT_THAT(lines_of("one\n\nthree"), ElementsAre("one", "", "three"));
  EXPECT_THAT(lines_of("\n"), ElementsAre(""));
  EXPECT_THAT(lines_of(""), IsEmpty());
}

}  // namespace
}  // namespace orchestrator
