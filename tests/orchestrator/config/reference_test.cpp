#include "orchestrator/config/reference.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace orchestrator {
namespace {

std::string reference_refusal(const std::string& text) {
  try {
    (void)parse_references(text);
  } catch (const ParseError& error) {
    return error.what();
  }
  return "accepted";
}

// "text|${env:X}|text"
std::string cut(const std::string& text) {
  std::string all;
  for (const auto& part : parse_references(text).parts) {
    if (!all.empty()) all += '|';
    if (const auto* plain = std::get_if<std::string>(&part))
      all += *plain;
    else
      all += to_string(std::get<Reference>(part));
  }
  return all;
}

TEST(References, CutATextIntoPieces) {
  EXPECT_EQ(cut(""), "");
  EXPECT_EQ(cut("plain"), "plain");
  EXPECT_EQ(cut("${env:HOME}"), "${env:HOME}");
  EXPECT_EQ(cut("a${env:B_1}c${file:/etc/secret}${file:~/x y}"),
            "a|${env:B_1}|c|${file:/etc/secret}|${file:~/x y}");
  EXPECT_TRUE(parse_references("a${env:B}").has_references());
  EXPECT_FALSE(parse_references("a").has_references());
}

TEST(References, LeaveDollarsAloneThatBeginNone) {
  EXPECT_EQ(cut("$HOME $$ $(x) {} $"), "$HOME $$ $(x) {} $");
  EXPECT_EQ(cut("$${env:X}"), "${env:X}");
  EXPECT_FALSE(parse_references("$${env:X}").has_references());
  EXPECT_EQ(cut("$$${env:X}"), "$${env:X}");
}

TEST(References, SayWhereTheyAreWrong) {
  EXPECT_EQ(reference_refusal("ab${env:X"),
            "at character 3: the reference has no '}' (write '$${' for the characters '${')");
  EXPECT_EQ(
      reference_refusal("${HOME}"),
      "at character 1: '${HOME}' has no kind: write ${env:NAME}, ${file:PATH} or "
      "${credential:NAME}, or '$${' for the characters '${'");
  EXPECT_EQ(reference_refusal("${evn:X}"),
            "at character 1: there are no references of the kind 'evn', did you mean 'env'? "
            "(known: env, file, credential)");
  EXPECT_EQ(reference_refusal("${env:}"),
            "at character 1: '${env:}' does not name an environment variable");
  EXPECT_EQ(reference_refusal("${env:A-B}"),
            "at character 1: '${env:A-B}' does not name an environment variable");
  EXPECT_NE(reference_refusal("${env:1A}"), "accepted");
  EXPECT_EQ(reference_refusal("${file:x}"),
            "at character 1: '${file:x}' needs a path that begins with '/' or '~/'");
  EXPECT_NE(reference_refusal("${file:}"), "accepted");
  EXPECT_NE(reference_refusal("${}"), "accepted");
  EXPECT_NE(reference_refusal("${:x}"), "accepted");
  EXPECT_NE(reference_refusal("${ENV:X}"), "accepted");
  EXPECT_NE(reference_refusal("${ env:X}"), "accepted");
}

TEST(References, NameCredentialsAsFilesAreNamed) {
  EXPECT_EQ(cut("${credential:nas-pass}"), "${credential:nas-pass}");
  EXPECT_EQ(reference_refusal("${credential:a/b}"),
            "at character 1: '${credential:a/b}' does not name a credential: a plain name without '/' is expected");
  for (const char* wrong : {"${credential:}", "${credential:.}", "${credential:..}", "${credential:a b}"})
    EXPECT_NE(reference_refusal(wrong), "accepted") << wrong;
}

TEST(References, CannotBeNested) {
  EXPECT_EQ(reference_refusal("${file:${env:HOME}/x}"),
            "at character 1: a reference cannot hold another one");
}

TEST(References, OfLaterVersionsAreRefusedByName) {
  EXPECT_EQ(reference_refusal("x${command:pass show nas}"),
            "at character 2: '${command:...}' is not supported by this version");
}

}  // namespace
}  // namespace orchestrator
