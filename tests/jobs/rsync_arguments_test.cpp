#include "jobs/rsync_arguments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

RsyncSettings settings_of(Location source, Location target) {
  RsyncSettings settings;
  settings.sources.push_back(std::move(source));
  settings.target = std::move(target);
  return settings;
}

RsyncSettings local() { return settings_of({"", "/a/"}, {"", "/b/"}); }

std::vector<std::string> command(const RsyncSettings& settings) {
  return rsync_command(settings, false, "");
}

TEST(RsyncArguments, HaveAnOptionForEveryKey) {
  RsyncSettings settings = local();
  settings.deletes = true;
  settings.max_delete = 5;
  settings.exclude = {"/cache/", "-x"};
  settings.preserve = {"acls", "xattrs", "hardlinks", "numeric-ids"};
  settings.update = true;
  settings.checksum = true;
  settings.bandwidth_limit = 10U << 20U;
  settings.args = {"--one-file-system"};
  EXPECT_THAT(rsync_work_options(settings),
              ElementsAre("-a", "--delete", "--max-delete=5", "--acls", "--xattrs", "--hard-links",
                          "--numeric-ids", "--update", "--checksum", "--bwlimit=10240",
                          "--exclude=/cache/", "--exclude=-x", "--one-file-system"));
}

TEST(RsyncArguments, AreThoseOfAPlainCopyWithoutKeys) {
  RsyncSettings settings = local();
  EXPECT_THAT(rsync_work_options(settings), ElementsAre("-a"));
  settings.archive = false;
  EXPECT_THAT(rsync_work_options(settings), ElementsAre("-r"));
}

TEST(RsyncArguments, EndWithThePathsBehindTheEndOfOptions) {
  RsyncSettings settings = settings_of({"", "-x"}, {"", "a:b"});
  settings.sources.push_back({"", "/c"});
  const auto words = command(settings);
  EXPECT_THAT(std::vector<std::string>(words.end() - 4, words.end()),
              ElementsAre("--", "-x", "/c", "./a:b"));
}

TEST(RsyncArguments, KeepLocalPathsAsTheyAre) {
  EXPECT_EQ(rsync_location({"", "/a b/*$x"}), "/a b/*$x");
  EXPECT_EQ(rsync_location({"", "./a:b"}), "./a:b");
  EXPECT_EQ(rsync_location({"", "/a:b"}), "/a:b");
}

TEST(RsyncArguments, LetNothingExpandARemotePath) {
  EXPECT_EQ(rsync_location({"nas", "/a b/$x"}), "nas:/a b/$x");
  EXPECT_EQ(rsync_location({"nas", "/a*[b]?"}), "nas:/a\\*\\[b\\]\\?");
}

TEST(RsyncArguments, QuoteTheProgramThatReachesTheOtherEndWhereNeeded) {
  EXPECT_THAT(rsync_shell_options("/x/rsync_shell"), ElementsAre("-e", "/x/rsync_shell"));
  EXPECT_THAT(rsync_shell_options("/a b/it's"), ElementsAre("-e", "'/a b/it''s'"));
}

TEST(RsyncArguments, KeepInterruptedFilesUnlessTheJobHasItsOwnWay) {
  RsyncSettings settings = local();
  EXPECT_THAT(command(settings), Contains("--partial-dir=.orchestrator-partial"));
  settings.args = {"--inplace"};
  EXPECT_THAT(command(settings), Not(Contains("--partial-dir=.orchestrator-partial")));
  settings.args = {"--partial-dir=/var/tmp"};
  EXPECT_THAT(command(settings), Not(Contains("--partial-dir=.orchestrator-partial")));
}

TEST(RsyncArguments, LeaveNoPartialDirectoryWhereRrsyncWouldKeepIt) {
  RsyncSettings settings = settings_of({"", "/a/"}, {"vault", "b"});
  settings.restricted = true;
  EXPECT_THAT(command(settings), Not(Contains("--partial-dir=.orchestrator-partial")));
  settings = settings_of({"vault", "a/"}, {"", "/b"});
  settings.restricted = true;
  EXPECT_THAT(command(settings), Contains("--partial-dir=.orchestrator-partial"));
}

TEST(RsyncArguments, MakeTheOtherEndRootWhereTheJobSaysSo) {
  RsyncSettings settings = settings_of({"", "/a/"}, {"nas", "b"});
  EXPECT_THAT(command(settings), Not(Contains("--rsync-path=sudo -n rsync")));
  settings.sudo = true;
  EXPECT_THAT(command(settings), Contains("--rsync-path=sudo -n rsync"));
}

TEST(RsyncArguments, KnowAllEntriesBeforeTheFirstIsSent) {
  RsyncSettings settings = local();
  EXPECT_THAT(command(settings), Contains("--no-inc-recursive"));
  settings.args = {"--inc-recursive"};
  EXPECT_THAT(command(settings), Not(Contains("--no-inc-recursive")));
}

TEST(RsyncArguments, ShowPeopleWhatIsTheirs) {
  RsyncSettings settings = settings_of({"", "/my files/"}, {"nas", "/b"});
  settings.deletes = true;
  EXPECT_EQ(describe_rsync(settings, false), "rsync -a --delete -- '/my files/' nas:/b");
  EXPECT_EQ(describe_rsync(settings, true), "rsync -a --delete --dry-run -- '/my files/' nas:/b");
}

}  // namespace
}  // namespace orchestrator::test
