#include "orchestrator/process/command.hpp"

#include <gtest/gtest.h>

namespace orchestrator {
namespace {

TEST(QuoteForShell, LeavesPlainWordsAlone) { EXPECT_EQ(quote_for_shell("nas:/srv/a-b_c.d,e=1"), "nas:/srv/a-b_c.d,e=1"); }

TEST(QuoteForShell, QuotesWhatAShellWouldTouch) {
  EXPECT_EQ(quote_for_shell(""), "''");
  EXPECT_EQ(quote_for_shell("a b"), "'a b'");
  EXPECT_EQ(quote_for_shell("it's"), "'it'\\''s'");
  EXPECT_EQ(quote_for_shell("$HOME"), "'$HOME'");
  EXPECT_EQ(quote_for_shell("~/x"), "'~/x'");
  EXPECT_EQ(quote_for_shell("\xc3\xa4"), "'\xc3\xa4'");
}

TEST(DescribeProgram, ShowsWhatCouldBePastedIntoAShell) {
  EXPECT_EQ(describe(ArgumentVector{{"rsync", "-a", "/srv/my files/", "nas:/srv/"}}), "rsync -a '/srv/my files/' nas:/srv/");
  EXPECT_EQ(describe(ShellScript{"a | b"}), "a | b");
  EXPECT_EQ(describe(RawShellString{"rsync --server"}), "rsync --server");
}

}  // namespace
}  // namespace orchestrator
