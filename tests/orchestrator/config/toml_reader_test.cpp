#include "orchestrator/config/toml_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/config_fixtures.hpp"

namespace orchestrator::test {
namespace {

std::vector<std::string> syntax_errors(std::string_view text) {
  return errors_of([text] { (void)read_toml(text, "f.toml"); });
}

TEST(TomlReader, KeepsOrderAndPlaces) {
  const RawTable table =
      read_toml("z = 1\na = [true,\n  \"x\"]\n[t.u]\nk = { i = 1.5 }\n", "f.toml");
  ASSERT_EQ(table.members.size(), 3U);
  EXPECT_EQ(table.members[0].name, "z");
  EXPECT_EQ(table.members[0].where, (SourcePosition{"f.toml", 1, 1}));
  EXPECT_EQ(table.members[0].value.where, (SourcePosition{"f.toml", 1, 5}));
  const auto& list = std::get<RawArray>(table.members[1].value.value);
  EXPECT_EQ(list[1].where, (SourcePosition{"f.toml", 3, 3}));
  EXPECT_EQ(std::get<std::string>(list[1].value), "x");
  const RawMember* inner = std::get<RawTable>(table.find("t")->value.value).find("u");
  ASSERT_NE(inner, nullptr);
  EXPECT_EQ(inner->where.line, 4U);
  EXPECT_EQ(table.find("none"), nullptr);
}

TEST(TomlReader, CountsColumnsInCharacters) {
  const RawTable table = read_toml("\"\xc3\xa4\xc3\xb6\" = 1\n", "f.toml");
  EXPECT_EQ(table.members[0].value.where, (SourcePosition{"f.toml", 1, 8}));
}

TEST(TomlReader, TakesByteOrderMarksWindowsLinesAndNothing) {
  EXPECT_EQ(read_toml("\xef\xbb\xbf"
                      "a = 1\r\nb = 2\r\n",
                      "f.toml")
                .members.size(),
            2U);
  EXPECT_TRUE(read_toml("", "f.toml").members.empty());
  EXPECT_TRUE(read_toml("\xef\xbb\xbf", "f.toml").members.empty());
  EXPECT_TRUE(read_toml("# only this", "f.toml").members.empty());
}

TEST(TomlReader, ReportsSyntaxErrorsWithLineAndColumn) {
  // The rest of the text is toml++'s own and differs between its versions.
  EXPECT_THAT(syntax_errors("a = 1\nb = \n"),
              testing::ElementsAre(testing::StartsWith("f.toml:2:5: this is not TOML: ")));
  EXPECT_THAT(syntax_errors("a = 1\na = 2\n"),
              testing::ElementsAre(
                  testing::AllOf(testing::StartsWith("f.toml:2:"), testing::HasSubstr("'a'"))));
  for (const char* text :
       {"a", "a =", "[a", "[a]]", "a = \"x", "a = 1 b = 2", "= 1", "a = 'x", "a = [1, 2",
        "a = {b = 1", "a = 1__0", "a = 01", "[a]\n[a]\n", "a.b = 1\na = 2"}) {
    const auto errors = syntax_errors(text);
    ASSERT_EQ(errors.size(), 1U) << text;
    EXPECT_EQ(errors[0].rfind("f.toml:", 0), 0U) << errors[0];
    EXPECT_NE(errors[0].find(": this is not TOML: "), std::string::npos) << errors[0];
  }
}

TEST(TomlReader, RefusesOtherEncodings) {
  EXPECT_EQ(syntax_errors("a = 1\nb = \"\xe4\"\n"),
            (std::vector<std::string>{"f.toml:2:5: this is not TOML: the text is not UTF-8"}));
  EXPECT_EQ(syntax_errors(std::string_view("\xff\xfe"
                                           "a\0",
                                           4)),
            (std::vector<std::string>{
                "f.toml:1:1: this is not TOML: the file is UTF-16, write it as UTF-8"}));
  EXPECT_EQ(syntax_errors(std::string_view("a = \"\0\"", 7)).size(), 1U);
}

TEST(TomlReader, RefusesNestingThatNobodyWrites) {
  std::string key = "a";
  for (int i = 0; i < 200000; ++i) key += ".a";
  EXPECT_EQ(
      syntax_errors(key + " = 1"),
      (std::vector<std::string>{"f.toml:1:130: this is not TOML: a key of more than 64 parts"}));
  EXPECT_EQ(syntax_errors("[" + key + "]").size(), 1U);
  EXPECT_EQ(syntax_errors("x = {" + key + " = 1}").size(), 1U);
  EXPECT_EQ(syntax_errors("x = " + std::string(100000, '[')).size(), 1U);
  std::string braces = "x = ";
  for (int i = 0; i < 50000; ++i) braces += "{a=";
  EXPECT_EQ(syntax_errors(braces).size(), 1U);
}

TEST(TomlReader, AllowsDotsInText) {
  const std::string dots(500, '.');
  EXPECT_TRUE(syntax_errors("# " + dots + "\na = \"" + dots + "\"\n").empty());
}

TEST(TomlReader, SaysWhatAValueIs) {
  const RawTable table = read_toml(
      "a = 30\nb = \"x\"\nc = []\nd = [1]\ne = {}\nf = true\ng = 1.5\nh = 1979-05-27\n"
      "i = 07:32:00\nj = inf\n",
      "f.toml");
  std::vector<std::string> words;
  for (const RawMember& member : table.members) words.push_back(describe(member.value));
  EXPECT_EQ(words, (std::vector<std::string>{"the integer 30", "the string 'x'", "an empty list",
                                             "a list", "a table", "true",
                                             "a number with a fraction", "a date or time",
                                             "a date or time", "a number with a fraction"}));
}

}  // namespace
}  // namespace orchestrator::test
