#include "orchestrator/tasks/group_error.hpp"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/cancel.hpp"

namespace orchestrator {
namespace {

template <class E>
TaskError entry(std::string path, E error) {
  return TaskError{std::move(path), std::make_exception_ptr(std::move(error)), TimePoint{}};
}

TaskGroupError group(std::vector<TaskError> errors) { return TaskGroupError(errors); }

TEST(TaskGroupError, SaysWhichTaskFailedFirstAndHow) {
  const auto one = group({entry("main/a", std::runtime_error("boom"))});
  EXPECT_STREQ(one.what(), "task 'main/a' failed: boom");
  const auto two = group({entry("main/a", std::runtime_error("boom")), entry("main/b", 42)});
  EXPECT_STREQ(two.what(), "task 'main/a' failed: boom (and 1 more)");
}

TEST(TaskGroupError, OfGroupsNamesTheInnermostTask) {
  const auto inner = group({entry("main/a/x", std::runtime_error("boom"))});
  const auto outer = group({entry("main/a", inner)});
  EXPECT_STREQ(outer.what(), "task 'main/a/x' failed: boom");
  EXPECT_EQ(outer.first_path(), "main/a/x");
  EXPECT_EQ(describe(std::make_exception_ptr(outer)), "boom");
}

TEST(TaskGroupError, FlattensGroupsDepthFirst) {
  const auto inner = group({entry("x", 1), entry("y", 2)});
  const auto outer = group({entry("a", 0), entry("b", inner), entry("c", 3)});
  std::string paths;
  for (const TaskError& error : outer.flatten()) paths += error.path;
  EXPECT_EQ(paths, "axyc");
}

TEST(TaskGroupError, FindsTheFirstErrorOfATypeInsideGroups) {
  const auto inner = group({entry("x", std::out_of_range("far")), entry("y", std::out_of_range("farther"))});
  const auto thrown = std::make_exception_ptr(group({entry("a", 7), entry("b", inner)}));
  EXPECT_EQ(first<int>(thrown), 7);
  EXPECT_STREQ(first<std::out_of_range>(thrown)->what(), "far");
  EXPECT_STREQ(first<std::logic_error>(thrown)->what(), "far");
  EXPECT_FALSE(first<std::runtime_error>(thrown)) << "the group itself is not what is asked for";
  EXPECT_FALSE(first<int>(nullptr));
  EXPECT_EQ(first<int>(std::make_exception_ptr(8)), 8) << "not in a group";
}

TEST(Cancelled, IsNotAnErrorThatHandlersOfErrorsCatch) {
  static_assert(!std::is_base_of_v<std::exception, Cancelled>);
  EXPECT_THROW(
      try { throw Cancelled{}; } catch (const std::exception&) {}, Cancelled);
}

TEST(CancelReason, ReadsAsCauseAndDetail) {
  EXPECT_EQ(to_string(CancelReason{CancelCause::Disk, "/srv has 14 % left"}), "disk: /srv has 14 % left");
  EXPECT_EQ(to_string(CancelReason{CancelCause::Shutdown}), "shutdown");
}

TEST(CancelReason, HasWordsForEveryCauseAndLevel) {
  for (int cause = 0; cause <= static_cast<int>(CancelCause::Sleep); ++cause) {
    EXPECT_NE(to_string(static_cast<CancelCause>(cause)), "unknown") << cause;
  }
  EXPECT_EQ(to_string(CancelLevel::None), "none");
  EXPECT_EQ(to_string(CancelLevel::Stop), "stop");
  EXPECT_EQ(to_string(CancelLevel::Kill), "kill");
}

}  // namespace
}  // namespace orchestrator
