#include "jobs/rsync_refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Words = std::vector<std::string>;

std::string refusal(const Words& args) {
  const auto refused = refused_rsync_arguments(args);
  return refused.empty() ? "accepted" : refused.front().message;
}

TEST(RsyncRefusals, LetFiltersAndTuningThrough) {
  EXPECT_THAT(refused_rsync_arguments({"--filter=- /x", "--filter", "- *.o", "-f", "- *.a", "-zz",
                                       "-B", "700", "--timeout", "60", "--one-file-system", "-xHAX",
                                       "--exclude", "--info", "--include-from=/etc/x", "--no-owner",
                                       "-M--fake-super", "--chmod=D755,F644", "-T/tmp"}),
              IsEmpty());
}

TEST(RsyncRefusals, SayWhyForEachFormOfAnOption) {
  for (const Words& args : {Words{"-e", "ssh"}, Words{"-essh"}, Words{"-ave", "ssh"},
                            Words{"-avessh -p 2"}, Words{"--rsh=ssh"}, Words{"--rsh", "ssh"}}) {
    EXPECT_THAT(refusal(args), HasSubstr("the orchestrator's own connection")) << args.front();
  }
  EXPECT_EQ(refusal({"-ave", "ssh"}),
            "'-e' in '-ave' cannot be used: the remote end runs over the orchestrator's own "
            "connection; describe it in [hosts]");
}

TEST(RsyncRefusals, CoverWhatWouldBreakUs) {
  for (const char* arg : {"--rsync-path=x",
                          "--server",
                          "--sender",
                          "--daemon",
                          "--info=none0",
                          "--outbuf=B",
                          "--out-format=%n",
                          "--log-format=%n",
                          "--progress",
                          "-P",
                          "-vP",
                          "-i",
                          "--itemize-changes",
                          "-h",
                          "--human-readable",
                          "-q",
                          "--quiet",
                          "--stderr=all",
                          "--msgs2stderr",
                          "--debug=ALL",
                          "-n",
                          "-avn",
                          "--dry-run",
                          "--list-only",
                          "-V",
                          "--version",
                          "--help",
                          "--old-args",
                          "-s",
                          "--secluded-args",
                          "--protect-args"}) {
    EXPECT_THAT(refusal({arg}), HasSubstr("cannot be used: ")) << arg;
  }
}

TEST(RsyncRefusals, KnowTheValueOfAnOptionFromAnOption) {
  EXPECT_EQ(refusal({"--exclude", "-e"}), "accepted");
  EXPECT_EQ(refusal({"-f", "--rsh"}), "accepted");
  EXPECT_EQ(refusal({"-zf", "-n"}), "accepted");
}

TEST(RsyncRefusals, TakeNoPathsAndNoEndOfOptions) {
  EXPECT_THAT(refusal({"/etc"}), HasSubstr("is no option, rsync would take it for a path"));
  EXPECT_THAT(refusal({"--unknown", "value"}), HasSubstr("with '='"));
  EXPECT_THAT(refusal({"-"}), HasSubstr("is no option"));
  EXPECT_THAT(refusal({""}), HasSubstr("is no option"));
  EXPECT_THAT(refusal({"--"}), HasSubstr("end the options"));
}

TEST(RsyncRefusals, HaveNoStandardInput) {
  EXPECT_THAT(refusal({"--files-from=-"}), HasSubstr("no standard input"));
  EXPECT_THAT(refusal({"--exclude-from", "-"}), HasSubstr("no standard input"));
}

TEST(RsyncRefusals, NameThePlaceOfEachWord) {
  const auto refused = refused_rsync_arguments({"-v", "--server", "--filter", "x", "-ne"});
  ASSERT_EQ(refused.size(), 2U);
  EXPECT_EQ(refused[0].index, 1U);
  EXPECT_EQ(refused[1].index, 4U);
}

TEST(RsyncRefusals, SeeDeletionsInEveryForm) {
  for (const char* arg : {"--del", "--delete", "--delete-after", "--delete-excluded",
                          "--delete-missing-args", "-M--delete", "--remote-option=--del"}) {
    EXPECT_TRUE(has_rsync_deletion({arg})) << arg;
  }
  EXPECT_FALSE(has_rsync_deletion({"--delay-updates", "--exclude", "--delete"}));
}

TEST(RsyncRefusals, FindAnOptionInABundle) {
  EXPECT_TRUE(has_rsync_option({"-avx"}, "one-file-system", 'x'));
  EXPECT_TRUE(has_rsync_option({"--inplace"}, "inplace"));
  EXPECT_FALSE(has_rsync_option({"--exclude=--inplace"}, "inplace"));
}

}  // namespace
}  // namespace orchestrator::test
