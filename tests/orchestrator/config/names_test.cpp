#include "orchestrator/config/names.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(Names, AreShortLowerCaseWords) {
  for (const char* name : {"a", "0", "nas", "srv-2", "web_1", "nas.lan", "a..b", "0-"})
    EXPECT_TRUE(is_valid_name(name)) << name;
  for (const char* name :
       {"", "Nas", "-a", "_a", ".a", "a b", "a/b", "ä", "a\n", "a:b", "a@b", "a\"", "../a"})
    EXPECT_FALSE(is_valid_name(name)) << name;
  EXPECT_TRUE(is_valid_name(std::string(64, 'a')));
  EXPECT_FALSE(is_valid_name(std::string(65, 'a')));
  EXPECT_FALSE(is_valid_name(std::string("a\0b", 3)));
}

TEST(Names, FindTheNearestOfThoseKnown) {
  const std::vector<std::string> known{"source", "target", "delete", "max_delete", "stop"};
  EXPECT_EQ(nearest_name("sorce", known), "source");
  EXPECT_EQ(nearest_name("soruce", known), "source");
  EXPECT_EQ(nearest_name("Target", known), "target");
  EXPECT_EQ(nearest_name("max-delete", known), "max_delete");
  EXPECT_EQ(nearest_name("stopp", known), "stop");
  EXPECT_EQ(nearest_name("sotp", known), "stop");
}

TEST(Names, SuggestNothingThatIsFarAway) {
  const std::vector<std::string> known{"source", "to"};
  EXPECT_EQ(nearest_name("bandwidth", known), std::nullopt);
  EXPECT_EQ(nearest_name("x", {"y"}), std::nullopt);
  EXPECT_EQ(nearest_name("", known), std::nullopt);
  EXPECT_EQ(nearest_name("a", {}), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100000, 's'), known), std::nullopt);
  EXPECT_EQ(did_you_mean("bandwidth", known), "");
  EXPECT_EQ(did_you_mean("sourc", known), ", did you mean 'source'?");
}

}  // namespace
}  // namespace orchestrator
