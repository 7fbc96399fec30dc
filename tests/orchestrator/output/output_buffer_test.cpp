#include "orchestrator/output/output_buffer.hpp"

#include <gtest/gtest.h>

namespace orchestrator::detail {
namespace {

std::vector<std::string> drain(OutputBuffer& buffer) {
  std::vector<std::string> all;
  while (auto entry = buffer.take()) all.push_back(*entry);
  return all;
}

TEST(OutputBuffer, GivesEntriesInTheirOrder) {
  OutputBuffer buffer(100);
  buffer.add("a", OutputPriority::Ordinary);
  buffer.add("b", OutputPriority::Essential);
  EXPECT_EQ(drain(buffer), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(buffer.bytes(), 0U);
}

TEST(OutputBuffer, DropsProgressBeforeAnythingElse) {
  OutputBuffer buffer(4);
  buffer.add("old", OutputPriority::Ordinary);
  buffer.add_progress("10%", "");
  buffer.add("n", OutputPriority::Ordinary);
  EXPECT_EQ(drain(buffer), (std::vector<std::string>{"old", "n"}));
  EXPECT_EQ(buffer.dropped(), 1U);
}

TEST(OutputBuffer, DropsTheOldestOrdinaryEntriesNext) {
  OutputBuffer buffer(4);
  buffer.add("aa", OutputPriority::Ordinary);
  buffer.add("bb", OutputPriority::Ordinary);
  buffer.add("cc", OutputPriority::Ordinary);
  EXPECT_EQ(drain(buffer), (std::vector<std::string>{"bb", "cc"}));
}

TEST(OutputBuffer, NeverDropsEssentialEntries) {
  OutputBuffer buffer(4);
  buffer.add("error 1", OutputPriority::Essential);
  buffer.add("text", OutputPriority::Ordinary);
  buffer.add("error 2", OutputPriority::Essential);
  EXPECT_EQ(drain(buffer), (std::vector<std::string>{"error 1", "error 2"}));
}

TEST(OutputBuffer, DropsAnEntryThatIsTooLargeByItself) {
  OutputBuffer buffer(4);
  buffer.add("too large", OutputPriority::Ordinary);
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.dropped(), 1U);
}

TEST(OutputBuffer, KeepsTheLatestProgressOfEachKey) {
  OutputBuffer buffer(100);
  buffer.add_progress("a 1", "a");
  buffer.add_progress("b 1", "b");
  buffer.add("line", OutputPriority::Ordinary);
  buffer.add_progress("a 2", "a");
  EXPECT_EQ(drain(buffer), (std::vector<std::string>{"b 1", "line", "a 2"}));
  EXPECT_EQ(buffer.dropped(), 0U);
}

}  // namespace
}  // namespace orchestrator::detail
