#include "orchestrator/config/secret.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>

namespace orchestrator {
namespace {

TEST(Secret, NeverShowsItself) {
  const Secret secret("hunter2");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(fmt::format("{}", secret), "***");
  EXPECT_EQ(testing::PrintToString(secret), "***");
}

TEST(Secret, BecomesNoStringByItself) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_convertible_v<std::string, Secret>);
  EXPECT_EQ(Secret("hunter2").reveal(), "hunter2");
}

TEST(Secret, LeavesNothingBehindWhenItIsMoved) {
  Secret from("short");
  const char* const bytes = from.reveal().data();
  const Secret to(std::move(from));
  EXPECT_EQ(to.reveal(), "short");
  EXPECT_TRUE(from.empty());                               // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(std::string(bytes, 5), std::string(5, '\0'));  // a short string lives in the object
}

TEST(Secret, CanBeCopiedAndAssigned) {
  Secret first("one, which is too long to live inside of the object");
  Secret second("two");
  second = first;
  EXPECT_EQ(second, first);
  Secret& alias = second;
  second = alias;
  EXPECT_EQ(second, first);
  first = Secret("three");
  EXPECT_EQ(first.reveal(), "three");
}

}  // namespace
}  // namespace orchestrator
