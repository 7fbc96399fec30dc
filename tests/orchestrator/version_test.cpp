#include "orchestrator/version.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(Version, IsThreeNumbers) {
  EXPECT_THAT(std::string(version()), testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
}

}  // namespace
}  // namespace orchestrator
