#include "jobs/rsync_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/jobs/job_fixtures.hpp"

namespace orchestrator::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> errors(const std::string& keys) {
  return job_errors("type = \"rsync\"\n" + keys);
}

TEST(RsyncSettings, NeedASourceAndATarget) {
  EXPECT_THAT(errors(""), ElementsAre(HasSubstr("source"), HasSubstr("target")));
}

TEST(RsyncSettings, TakeOneSourceOrSeveral) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\""), ElementsAre());
  EXPECT_THAT(errors("source = [\"/a\", \"/c\"]\ntarget = \"nas:/b\""), ElementsAre());
  EXPECT_THAT(errors("source = []\ntarget = \"/b\""), ElementsAre(HasSubstr("source")));
}

TEST(RsyncSettings, RefuseTwoRemoteEnds) {
  EXPECT_THAT(errors("source = \"nas:/a\"\ntarget = \"other:/b\""),
              ElementsAre(HasSubstr("are both on other hosts ('nas' and 'other')")));
}

TEST(RsyncSettings, RefuseSourcesOnSeveralMachines) {
  EXPECT_THAT(errors("source = [\"nas:/a\", \"/b\"]\ntarget = \"/c\""),
              ElementsAre(HasSubstr("have to be on one machine")));
}

TEST(RsyncSettings, RefuseALineBreakInARemotePathOnly) {
  EXPECT_THAT(errors("source = \"/a\\nb\"\ntarget = \"/c\""), ElementsAre());
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"nas:/a\\nb\""),
              ElementsAre(HasSubstr("line break")));
}

TEST(RsyncSettings, RefusePatternsWhereRrsyncWouldExpandThem) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"nas:/a*\""), ElementsAre());
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"vault:/a*\""),
              ElementsAre(HasSubstr("would expand '/a*'")));
}

TEST(RsyncSettings, WantAHostThatAllowsSudo) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"rooted:/b\"\nsudo = true"), ElementsAre());
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"nas:/b\"\nsudo = true"),
              ElementsAre("jobs.a.sudo: needs 'sudo = true' in [hosts.nas]"));
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"vault:/b\"\nsudo = true"), ElementsAre(HasSubstr("rrsync on 'vault'")));
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\"\nsudo = true"), ElementsAre(HasSubstr("means nothing")));
}

TEST(RsyncSettings, NameEveryRefusedArgument) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\"\nargs = [\"-x\", \"--rsh=ssh\", \"/etc\"]"),
              ElementsAre(StartsWith("jobs.a.args: '--rsh'"), StartsWith("jobs.a.args: '/etc'")));
}

TEST(RsyncSettings, WantDeletionsToBeSaidWithDelete) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\"\nargs = [\"--delete-after\"]"),
              ElementsAre(HasSubstr("write 'delete = true'")));
  EXPECT_THAT(
      errors("source = \"/a\"\ntarget = \"/b\"\ndelete = true\nargs = [\"--delete-after\"]"),
      ElementsAre());
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\"\nmax_delete = 3"),
              ElementsAre(HasSubstr("means nothing without 'delete = true'")));
}

TEST(RsyncSettings, KnowWhatCanBePreserved) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\"\npreserve = [\"acl\"]"),
              ElementsAre(HasSubstr("'acl' is none of")));
}

TEST(RsyncSettings, WantARelativeMarker) {
  EXPECT_THAT(errors("source = \"/a\"\ntarget = \"/b\"\nsource_must_contain = \"/x\""),
              ElementsAre(HasSubstr("relative to the source")));
}

}  // namespace
}  // namespace orchestrator::test
