#include "jobs/rsync_output.hpp"

#include "orchestrator/process/stream.hpp"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

// Recorded from rsync 3.5.0 (3.2.7 prints the same): a deletion, new and changed files.
constexpr std::string_view kRecorded =
    "*deleting   extra\n"
    ".d..t...... ./\n"
    ">f+++++++++ f1\n"
    "\r          32768   0%    0.00kB/s    0:00:00  "
    "\r         300000   0%  127.43MB/s    0:00:00 (xfr#1, to-chk=7/9)\n"
    ">f..t...... f2\n"
    "\r         600000   1%  180.32MB/s    0:00:00 (xfr#2, to-chk=6/9)\n"
    ".d..t...... sub/\n"
    ">f+++++++++ sub/big\n"
    "\r       15300000  48%  180.32MB/s    0:00:12  "
    "\r       30600000  97%  373.73MB/s    0:00:03 (xfr#3, to-chk=0/9)"
    "\r       30600000  97%  373.73MB/s    0:00:03 (xfr#3, to-chk=0/9)\n";

struct Cut {
  std::vector<std::string> records;
  std::vector<std::string> lines;

  RsyncOutput output{[this](std::string_view text) { records.emplace_back(text); },
                     [this](std::string_view text) { lines.emplace_back(text); }};
};

TEST(RsyncRecord, HasBytesPercentRateAndTimeLeft) {
  const auto record = parse_rsync_record("       15300000  48%  180.32MB/s    1:02:03  ");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->bytes, 15300000U);
  EXPECT_EQ(record->percent, 48U);
  EXPECT_DOUBLE_EQ(record->bytes_per_second, 180.32 * 1024 * 1024);
  EXPECT_EQ(record->remaining, std::optional<Duration>(1h + 2min + 3s));
  EXPECT_FALSE(record->transferred);
}

TEST(RsyncRecord, HasCountsWhenAFileIsDoneAndThenNoTimeLeft) {
  const auto record =
      parse_rsync_record("  600000   1%  180.32kB/s    0:00:09 (xfr#2, to-chk=6/9)");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->transferred, std::optional<std::uint64_t>(2));
  EXPECT_EQ(record->unchecked, 6U);
  EXPECT_EQ(record->entries, 9U);
  EXPECT_FALSE(record->remaining) << "it is the time taken";
}

TEST(RsyncRecord, MayNotKnowTheTimeLeft) {
  const auto record = parse_rsync_record("  32768   0%    0.00kB/s    ??:??:??  ");
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->remaining);
}

TEST(RsyncRecord, IsNothingElse) {
  for (const char* text :
       {"", " ", "x", "12", "12 %", "12 5", "12 5%", "12 5% 1.0", "12 5% 1.0MB", "12 5% 1.0MB/s",
        "12 5% 1.0MB/s 0:00", "12 5% 1.0MB/s 0:00:00 (xfr#",
        "12 5% 1.0MB/s 0:00:00 (xfr#1, to-chk=2/1)", "12 5% 1.0MB/s 0:00:00 (xfr#1, to-chk=1/2",
        "-12 5% 1.0MB/s 0:00:00", "12 5% infMB/s 0:00:00",
        "99999999999999999999999 5% 1.0MB/s 0:00:00", "1,200 5% 1.0MB/s 0:00:00"}) {
    EXPECT_FALSE(parse_rsync_record(text)) << text;
  }
}

TEST(RsyncChange, TellsWhatHappensToWhat) {
  const auto kind = [](const char* line) { return parse_rsync_change(line)->kind; };
  EXPECT_EQ(kind(">f+++++++++ a"), RsyncChange::Kind::Sent);
  EXPECT_EQ(kind("<f.st...... a"), RsyncChange::Kind::Sent);
  EXPECT_EQ(kind("cd+++++++++ a/"), RsyncChange::Kind::Created);
  EXPECT_EQ(kind("hf+++++++++ a => b"), RsyncChange::Kind::Created);
  EXPECT_EQ(kind(".d..t...... ./"), RsyncChange::Kind::Changed);
  EXPECT_EQ(kind("*deleting   a"), RsyncChange::Kind::Deleted);
  EXPECT_EQ(parse_rsync_change("*deleting   a b")->name, "a b");
  EXPECT_EQ(parse_rsync_change(">f+++++++++  blank first")->name, " blank first");
}

TEST(RsyncChange, IsNoOtherLine) {
  for (const char* line :
       {"", "sending incremental file list", "created directory /x/y",
        "Number of files: 9 (reg: 7, dir: 2)", "skipping non-regular file \"x\"", ">f+++++++++"}) {
    EXPECT_FALSE(parse_rsync_change(line)) << line;
  }
}

TEST(RsyncOutput, IsCutIntoRecordsAndLines) {
  Cut cut;
  cut.output.feed(kRecorded);
  cut.output.finish();
  EXPECT_THAT(cut.lines, ElementsAre("*deleting   extra", ".d..t...... ./", ">f+++++++++ f1",
                                     ">f..t...... f2", ".d..t...... sub/", ">f+++++++++ sub/big"));
  EXPECT_EQ(cut.records.size(), 6U);
  for (const std::string& record : cut.records) EXPECT_TRUE(parse_rsync_record(record)) << record;
}

TEST(RsyncOutput, IsTheSameByteByByte) {
  Cut whole;
  whole.output.feed(kRecorded);
  whole.output.finish();
  Cut bytes;
  for (const char c : kRecorded) bytes.output.feed(std::string_view(&c, 1));
  bytes.output.finish();
  EXPECT_EQ(bytes.records, whole.records);
  EXPECT_EQ(bytes.lines, whole.lines);
}

TEST(RsyncOutput, TakesAFileNamedLikeARecordForALine) {
  Cut cut;
  cut.output.feed(">f+++++++++ x\n    600000   1%  180.32kB/s    0:00:09\n");
  EXPECT_TRUE(cut.records.empty());
  EXPECT_EQ(cut.lines.size(), 2U);
}

TEST(RsyncOutput, KeepsNoMoreThanALongLine) {
  Cut cut;
  const std::string chunk(1 << 20, 'x');
  for (int i = 0; i < 8; ++i) cut.output.feed(chunk);
  cut.output.feed("\nnext\n");
  ASSERT_EQ(cut.lines.size(), 2U);
  EXPECT_EQ(cut.lines[0].size(), kLongestLine);
  EXPECT_EQ(cut.lines[1], "next");
}

TEST(RsyncOutput, SurvivesAnything) {
  std::mt19937 random(42);  // NOLINT: the same bytes every time
  const std::string alphabet = "0123456789 %,.:/()#-+*<>xfrtochkdMBs\r\n\\\x80\xff";
  for (int round = 0; round < 2000; ++round) {
    std::string text(kRecorded.substr(random() % kRecorded.size()));
    for (int i = 0; i < 12; ++i)
      text[random() % text.size()] = alphabet[random() % alphabet.size()];
    RsyncProgress progress;
    RsyncOutput output(
        [&](std::string_view record) {
          if (const auto parsed = parse_rsync_record(record)) progress.add(*parsed);
        },
        [&](std::string_view line) {
          if (const auto parsed = parse_rsync_change(line)) progress.add(*parsed);
        });
    output.feed(text);
    output.finish();
    const double fraction = progress.progress().fraction.value_or(0);
    EXPECT_TRUE(fraction >= 0 && fraction < 1) << text;
  }
}

RsyncRecord done(std::uint64_t bytes, unsigned percent, std::uint64_t transferred,
                 std::uint64_t unchecked, std::uint64_t entries) {
  RsyncRecord record;
  record.bytes = bytes;
  record.percent = percent;
  record.transferred = transferred;
  record.unchecked = unchecked;
  record.entries = entries;
  return record;
}

TEST(RsyncProgress, IsTheShareOfBytesWhenAllIsNew) {
  RsyncProgress progress;
  progress.add(done(500, 50, 5, 5, 10));
  EXPECT_DOUBLE_EQ(*progress.progress().fraction, 0.5);
}

TEST(RsyncProgress, CountsWhatNeededNoSending) {
  RsyncProgress progress;
  progress.add(done(0, 0, 1, 500, 1001));
  EXPECT_NEAR(*progress.progress().fraction, 0.5, 0.001);
}

TEST(RsyncProgress, IsNotFooledByManySmallFilesBeforeALargeOne) {
  RsyncProgress progress;
  progress.add(done(1000, 1, 999, 1, 1000));
  EXPECT_NEAR(*progress.progress().fraction, 0.01, 0.001);
}

TEST(RsyncProgress, NeverGoesBack) {
  RsyncProgress progress;
  progress.add(done(500, 50, 5, 5, 10));
  progress.add(done(600, 6, 6, 94, 100));
  EXPECT_DOUBLE_EQ(*progress.progress().fraction, 0.5);
  EXPECT_EQ(progress.bytes(), 600U);
}

TEST(RsyncProgress, IsBelowOneUntilRsyncHasEnded) {
  RsyncProgress progress;
  progress.add(done(1000, 100, 10, 0, 10));
  EXPECT_LT(*progress.progress().fraction, 1);
}

TEST(RsyncProgress, CountsChangesAndNamesTheCurrentOne) {
  RsyncProgress progress;
  for (const char* line : {">f+++++++++ a", "*deleting   b", "cd+++++++++ c/", ".f...p..... d"}) {
    progress.add(*parse_rsync_change(line));
  }
  EXPECT_EQ(progress.sent(), 1U);
  EXPECT_EQ(progress.deleted(), 1U);
  EXPECT_EQ(progress.others(), 2U);
  EXPECT_EQ(progress.progress().current, "d");
}

}  // namespace
}  // namespace orchestrator::test
