#include "orchestrator/process/tail.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "orchestrator/process/stream.hpp"

namespace orchestrator {
namespace {

TEST(TailTest, KeepsTheLastBytesHoweverTheyArrive) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{100}}) {
    const std::string text = "the quick brown fox jumps over the lazy dog";
    Tail tail(10);
    for (std::size_t at = 0; at < text.size(); at += piece) tail.append(std::string_view(text).substr(at, piece));
    EXPECT_EQ(tail.text(), "e lazy dog") << piece;
  }
}

TEST(TailTest, OfNothingIsNothing) {
  Tail none(0);
  none.append("text");
  EXPECT_EQ(none.text(), "");
  EXPECT_EQ(Tail(10).text(), "");
}

class LineSplitterTest : public ::testing::Test {
 protected:
  std::vector<std::string> lines_;
  LineSplitter splitter_{[this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(LineSplitterTest, CutsLinesHoweverTheyArrive) {
  for (const char c : std::string("one\n\ntwo\nthree")) splitter_.append(std::string_view(&c, 1));
  splitter_.append("\nfour\nfi");
  splitter_.append("ve");
  splitter_.finish();
  EXPECT_EQ(lines_, (std::vector<std::string>{"one", "", "two", "three", "four", "five"}));
}

TEST_F(LineSplitterTest, HasNoLineAfterTheLastEnd) {
  splitter_.append("one\n");
  splitter_.finish();
  EXPECT_EQ(lines_, (std::vector<std::string>{"one"}));
}

TEST_F(LineSplitterTest, GivesLongLinesInPieces) {
  splitter_.append(std::string(kLongestLine + 10, 'x') + "\nend\n");
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(lines_[0].size(), kLongestLine);
  EXPECT_EQ(lines_[1].size(), 10U);
  EXPECT_EQ(lines_[2], "end");
}

TEST_F(LineSplitterTest, TakesALineOfTheGreatestLengthAsOne) {
  splitter_.append(std::string(kLongestLine, 'x'));
  splitter_.append("\nend\n");
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_EQ(lines_[0].size(), kLongestLine);
}

}  // namespace
}  // namespace orchestrator
