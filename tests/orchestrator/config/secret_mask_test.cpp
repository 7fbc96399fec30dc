#include "orchestrator/config/secret_mask.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace orchestrator {
namespace {

SecretMask mask_of(std::initializer_list<const char*> secrets) {
  SecretMask mask;
  for (const char* secret : secrets) mask.add(Secret(secret));
  return mask;
}

TEST(SecretMask, ReplacesEverySecret) {
  const SecretMask mask = mask_of({"hunter2", "tr0ub4dor"});
  EXPECT_EQ(mask.apply("login hunter2, then tr0ub4dor, hunter2"), "login ***, then ***, ***");
  EXPECT_EQ(mask.apply("hunter2"), "***");
  EXPECT_EQ(mask.apply("hunter"), "hunter");
  EXPECT_EQ(mask.apply(""), "");
}

TEST(SecretMask, WithoutSecretsChangesNothing) {
  SecretMask mask;
  mask.add(Secret(""));
  EXPECT_TRUE(mask.empty());
  EXPECT_EQ(mask.apply("anything"), "anything");
}

TEST(SecretMask, LeavesNoPieceOfOverlappingSecrets) {
  EXPECT_EQ(mask_of({"abcd", "cdef"}).apply("xabcdefy"), "x***y");
  EXPECT_EQ(mask_of({"abc", "abcdef"}).apply("abcdef abc abcde"), "*** *** ***de");
  EXPECT_EQ(mask_of({"aa"}).apply("aaa"), "***");
  EXPECT_EQ(mask_of({"bc", "abcd"}).apply("abcd"), "***");
}

TEST(SecretMask, FindsEachLineOfASecretWithSeveral) {
  const SecretMask mask = mask_of({"-----BEGIN\nc2VjcmV0\n}\n"});
  EXPECT_EQ(mask.apply("c2VjcmV0"), "***");
  EXPECT_EQ(mask.apply("{ }"), "{ }");
  EXPECT_EQ(mask_of({"pw\n"}).apply("the pw is"), "the *** is");
}

TEST(SecretMask, HandlesBytesOfAnyValue) {
  const SecretMask mask = mask_of({"pa\xff\xfess"});
  EXPECT_EQ(mask.apply("\xff pa\xff\xfess"), "\xff ***");
}

TEST(MaskStream, FindsSecretsAcrossEveryBorder) {
  const SecretMask mask = mask_of({"hunter2", "2fast"});
  const std::string text = "a hunter2 b hunter2fast hunt";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      MaskStream stream(mask);
      std::string shown = stream.write(text.substr(0, first));
      shown += stream.write(text.substr(first, second - first));
      shown += stream.write(text.substr(second));
      shown += stream.finish();
      ASSERT_EQ(shown, "a *** b *** hunt") << first << " " << second;
    }
  }
}

TEST(MaskStream, HoldsBackOnlyWhatMayBecomeASecret) {
  const SecretMask mask = mask_of({"hunter2"});
  MaskStream stream(mask);
  EXPECT_EQ(stream.write("Password: "), "Password: ");
  EXPECT_EQ(stream.write("hun"), "");
  EXPECT_EQ(stream.write("ting"), "hunting");
  EXPECT_EQ(stream.write("hunter"), "");
  EXPECT_EQ(stream.finish(), "hunter");
  EXPECT_EQ(stream.write("2"), "2");
}

TEST(MaskStream, KnowsSecretsThatCameLater) {
  SecretMask mask;
  MaskStream stream(mask);
  EXPECT_EQ(stream.write("hunter2 "), "hunter2 ");
  mask.add(Secret("hunter2"));
  EXPECT_EQ(stream.write("hunter2 "), "*** ");
}

}  // namespace
}  // namespace orchestrator
