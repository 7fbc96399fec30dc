#include "programs/terminal/terminal_style.hpp"

#include <map>

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TerminalStyle style_of(bool is_terminal, std::map<std::string, std::string> variables) {
  return terminal_style(is_terminal, [&variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

TEST(TerminalStyle, HasABarAndColoursOnATerminal) {
  const TerminalStyle style = style_of(true, {{"TERM", "xterm"}, {"LANG", "en_US.UTF-8"}});
  EXPECT_TRUE(style.live);
  EXPECT_TRUE(style.colour);
  EXPECT_EQ(style.charset, Charset::Utf8);
}

TEST(TerminalStyle, HasNeitherWhereNoTerminalIs) {
  const TerminalStyle style = style_of(false, {{"TERM", "xterm"}, {"LANG", "en_US.UTF-8"}});
  EXPECT_FALSE(style.live);
  EXPECT_FALSE(style.colour);
  EXPECT_EQ(style.charset, Charset::Utf8);
}

TEST(TerminalStyle, HasNeitherOnADumbOrUnknownTerminal) {
  EXPECT_FALSE(style_of(true, {{"TERM", "dumb"}}).live);
  EXPECT_FALSE(style_of(true, {}).live);
}

TEST(TerminalStyle, LeavesColoursOutWhenAskedTo) {
  EXPECT_FALSE(style_of(true, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).colour);
  EXPECT_TRUE(style_of(true, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).colour) << "no-color.org: when not empty";
}

TEST(TerminalStyle, TakesTheCharsetFromTheFirstVariableThatIsSet) {
  EXPECT_EQ(style_of(true, {{"LC_ALL", "C"}, {"LANG", "en_US.UTF-8"}}).charset, Charset::Ascii);
  EXPECT_EQ(style_of(true, {{"LC_ALL", ""}, {"LC_CTYPE", "C.utf8"}}).charset, Charset::Utf8);
  EXPECT_EQ(style_of(true, {}).charset, Charset::Ascii);
}

TEST(Coloured, AddsNothingWithoutColours) {
  EXPECT_EQ(coloured(Colour::Red, "x", TerminalStyle()), "x");
  TerminalStyle style;
  style.colour = true;
  EXPECT_EQ(coloured(Colour::Red, "x", style), "\x1b[31mx\x1b[0m");
}

}  // namespace
}  // namespace orchestrator
