#include "programs/terminal/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Printable, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(printable("photos/2020/ä 漢.jpg", Charset::Utf8), "photos/2020/ä 漢.jpg");
}

TEST(Printable, EscapesWhatSteersATerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb", Charset::Utf8), "a\\x1b[2Jb");
  EXPECT_EQ(printable("a\nb\rc\x07", Charset::Utf8), "a\\nb\\rc\\x07");
  EXPECT_EQ(printable("\x7f", Charset::Utf8), "\\x7f");
}

TEST(Printable, EscapesEightBitControlsInBothForms) {
  EXPECT_EQ(printable("\xc2\x9b" "31m", Charset::Utf8), "\\x9b31m");
  EXPECT_EQ(printable("\x9b" "31m", Charset::Utf8), "\\x9b31m");
}

TEST(Printable, EscapesWhatReordersText) {
  EXPECT_EQ(printable("a\xe2\x80\xae" "b", Charset::Utf8), "a\\u202eb");
}

TEST(Printable, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("a\xff\xc3", Charset::Utf8), "a\\xff\\xc3");
  EXPECT_EQ(printable("\xc0\xaf", Charset::Utf8), "\\xc0\\xaf") << "an overlong slash";
  EXPECT_EQ(printable("\xed\xa0\x80", Charset::Utf8), "\\xed\\xa0\\x80") << "a surrogate";
}

TEST(Printable, EscapesAllButAsciiWhereTheTerminalHasNoUtf8) {
  EXPECT_EQ(printable("\xc3\xa4x", Charset::Ascii), "\\xc3\\xa4x");
}

TEST(Printable, SurvivesANulAndTurnsATabIntoASpace) {
  EXPECT_EQ(printable(std::string_view("a\0b\tc", 5), Charset::Utf8), "a\\x00b c");
}

TEST(PrintableLines, CutsAtLineEndsAndDropsEmptyOnesAtTheEnd) {
  EXPECT_THAT(printable_lines("one\r\n\ntwo\n\n", Charset::Utf8), ElementsAre("one", "", "two"));
  EXPECT_THAT(printable_lines("", Charset::Utf8), IsEmpty());
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("äöü"), 3U);
  EXPECT_EQ(display_width("漢字"), 4U);
  EXPECT_EQ(display_width("e\xcc\x81"), 1U) << "a combining accent";
}

TEST(KeepStart, MarksWhatIsCutOff) {
  EXPECT_EQ(keep_start("abcdef", 6, Charset::Utf8), "abcdef");
  EXPECT_EQ(keep_start("abcdef", 4, Charset::Utf8), "abc…");
  EXPECT_EQ(keep_start("abcdef", 4, Charset::Ascii), "abc>");
  EXPECT_EQ(keep_start("abcdef", 0, Charset::Utf8), "");
}

TEST(KeepEnd, KeepsTheEndOfAPath) {
  EXPECT_EQ(keep_end("/long/path/file", 5, Charset::Utf8), "…file");
  EXPECT_EQ(keep_end("漢字漢字", 4, Charset::Utf8), "…字") << "a wide character never stands half";
}

TEST(Padding, FillsUpToTheWidth) {
  EXPECT_EQ(pad_right("ä", 3), "ä  ");
  EXPECT_EQ(pad_left("12", 4), "  12");
  EXPECT_EQ(pad_left("12345", 4), "12345");
}

}  // namespace
}  // namespace orchestrator
