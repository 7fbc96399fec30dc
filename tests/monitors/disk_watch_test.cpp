#include "monitors/disk_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kGiB = 1ULL << 30;

SpaceReading reading(std::uint64_t available, std::uint64_t usable = 100 * kGiB) {
  SpaceReading space;
  space.usable = usable;
  space.available = available;
  return space;
}

DiskRules rules(const std::string& host = "nas") {
  DiskRules some;
  some.host = host;
  some.path = "/srv";
  return some;
}

class DiskWatchTest : public testing::Test {
 protected:
  DiskVerdict look(std::uint64_t available, Duration after) {
    now += after;
    return watch.take(reading(available), now);
  }
  std::string refusal(const SpaceReading& space) const {
    const std::vector<Problem> found = watch.problems(space);
    return found.empty() ? "accepted" : found.front().what;
  }

  TimePoint now{};
  DiskWatch watch{rules()};
};

TEST_F(DiskWatchTest, MeasuresTheSameBeforeARunAndInIt) {
  EXPECT_EQ(refusal(reading(20 * kGiB)), "accepted");
  EXPECT_EQ(refusal(reading(20 * kGiB - 1)),
            "'/srv' on 'nas' has 19.9 % (20.0 GiB) free, less than preflight_minimum = \"20%\": 1 B too little");
  EXPECT_EQ(look(15 * kGiB, 0s).trip, "");
  EXPECT_EQ(look(15 * kGiB - 1, 30s).trip,
            "'/srv' on 'nas' has 14.9 % (15.0 GiB) left, less than runtime_minimum = \"15%\"");
}

TEST_F(DiskWatchTest, CountsSizesToo) {
  DiskRules some = rules("");
  some.limits.runtime_minimum = Threshold(ByteSize(10 * kGiB));
  some.limits.preflight_minimum = Threshold(ByteSize(5 * kGiB));
  DiskWatch here(some);
  EXPECT_EQ(here.take(reading(10 * kGiB), now).trip, "");
  EXPECT_EQ(here.take(reading(9 * kGiB), now + 1s).trip,
            "'/srv' here has 9.0 % (9.0 GiB) left, less than runtime_minimum = \"10GiB\"");
  EXPECT_THAT(here.problems(reading(9 * kGiB)), SizeIs(1)) << "what would be stopped at once does not begin";
}

TEST_F(DiskWatchTest, CountsInodesLikeBytes) {
  SpaceReading space = reading(90 * kGiB);
  space.usable_inodes = 1000;
  space.available_inodes = 150;
  EXPECT_EQ(refusal(space), "'/srv' on 'nas' has 15.0 % of its inodes (150) free, less than preflight_minimum = \"20%\": 50 too few");
  EXPECT_EQ(watch.take(space, now).trip, "");
  space.available_inodes = 149;
  EXPECT_EQ(watch.take(space, now + 30s).trip,
            "'/srv' on 'nas' has 14.9 % of its inodes (149) left, less than runtime_minimum = \"15%\"");
}

TEST_F(DiskWatchTest, HasASharesOfInodesWhereTheThresholdIsASizeAndNoneWhereItIsNothing) {
  const Threshold size{ByteSize(kGiB)};
  EXPECT_EQ(inodes_of(size, Percentage(15), 1000), 150U);
  EXPECT_EQ(inodes_of(Threshold(ByteSize(0)), Percentage(15), 1000), 0U);
  EXPECT_EQ(inodes_of(Threshold(Percentage(0)), Percentage(15), 1000), 0U);
}

TEST_F(DiskWatchTest, IgnoresInodesThatAreNotCounted) {
  EXPECT_EQ(refusal(reading(50 * kGiB)), "accepted");
  EXPECT_EQ(look(50 * kGiB, 0s).trip, "");
}

TEST_F(DiskWatchTest, WarnsOncePerCrossing) {
  EXPECT_THAT(look(30 * kGiB, 0s).warnings, IsEmpty());
  EXPECT_THAT(look(24 * kGiB, 30s).warnings, ElementsAre(HasSubstr("'/srv' on 'nas' has 24.0 % (24.0 GiB) left, less than warning_threshold = \"25%\"")));
  EXPECT_THAT(look(23 * kGiB, 30s).warnings, IsEmpty());
  EXPECT_THAT(look(25 * kGiB + kGiB / 2, 30s).warnings, IsEmpty());
  EXPECT_THAT(look(24 * kGiB, 30s).warnings, IsEmpty()) << "a step back and forth is no crossing";
  EXPECT_THAT(look(40 * kGiB, 30s).warnings, IsEmpty());
  EXPECT_THAT(look(24 * kGiB, 30s).warnings, SizeIs(1));
  EXPECT_EQ(watch.seen().warnings, 2U);
}

TEST_F(DiskWatchTest, SaysWhenItWillBeFull) {
  look(30 * kGiB, 0s);
  const DiskVerdict verdict = look(24 * kGiB, 30s);
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("; full in about 2 min at 205 MiB/s")));
  EXPECT_THAT(watch.seen().note, HasSubstr("full in about 2 min at 205 MiB/s"));
}

TEST_F(DiskWatchTest, LooksAtItsIntervalWhenNothingHappens) {
  EXPECT_EQ(look(90 * kGiB, 0s).next, 30s);
  EXPECT_EQ(look(90 * kGiB, 30s).next, 30s);
}

TEST_F(DiskWatchTest, LooksEarlierWhenTheLimitIsLessThanTwoIntervalsAway) {
  look(90 * kGiB, 0s);
  EXPECT_EQ(look(87 * kGiB, 30s).next, 30s) << "100 MiB/s, and more than ten minutes to go";
  // 1 GiB/s: 42 s to the limit.
  const DiskVerdict verdict = look(57 * kGiB, 30s);
  EXPECT_LT(verdict.next, 15s);
  EXPECT_GT(verdict.next, 5s);
}

TEST_F(DiskWatchTest, CannotBeJumpedOverByWhatWasNotSeenToBeginYet) {
  // 1 GiB above the limit and nothing happens: that may be gone within a second.
  EXPECT_LE(look(16 * kGiB, 0s).next, 1s);
  EXPECT_LE(look(16 * kGiB, 30s).next, 1s);
}

TEST_F(DiskWatchTest, NeverLooksMoreOftenThanIsAllowed) {
  EXPECT_EQ(look(15 * kGiB + 1, 0s).next, 100ms);
  EXPECT_EQ(look(15 * kGiB, 100ms).next, 100ms);
}

// Whatever the speed, the limit is seen before the disk is full.
TEST_F(DiskWatchTest, SeesEverySpeedBeforeTheDiskIsFull) {
  for (const double rate : {1e6, 5e7, 2e8, 5e8, 1e9}) {
    DiskWatch some(rules());
    double available = 100.0 * kGiB;
    TimePoint time{};
    bool tripped = false;
    unsigned looks = 0;
    // Nothing happens for ten minutes; then the transfer begins.
    TimePoint begins = time + 10min;
    while (!tripped && available > 0 && looks < 100'000) {
      const DiskVerdict verdict = some.take(reading(static_cast<std::uint64_t>(available)), time);
      tripped = !verdict.trip.empty();
      ++looks;
      const TimePoint before = std::max(time, begins);
      time += verdict.next;
      if (time > before) available -= rate * std::chrono::duration<double>(time - before).count();
    }
    EXPECT_TRUE(tripped) << rate;
    EXPECT_GT(available, 14.0 * kGiB) << rate << " bytes per second: the limit is kept, nearly";
    EXPECT_LT(looks, 20'000U) << rate;
  }
}

TEST_F(DiskWatchTest, TakesALongSleepForWhatItIs) {
  look(90 * kGiB, 0s);
  look(87 * kGiB, 30s);
  // The machine was away for a day: what is gone since says nothing about a rate per second.
  EXPECT_EQ(look(80 * kGiB, 24h).next, 30s);
  EXPECT_LT(watch.seen().rate, 200e6);
  EXPECT_EQ(look(80 * kGiB, 30s).next, 30s);
}

TEST_F(DiskWatchTest, TakesNoHarmFromAClockThatStands) {
  look(90 * kGiB, 0s);
  EXPECT_EQ(look(50 * kGiB, 0s).next, 30s);
  EXPECT_EQ(watch.seen().rate, 0);
}

TEST_F(DiskWatchTest, RemembersTheLeastAndTheFastest) {
  look(90 * kGiB, 0s);
  look(60 * kGiB, 30s);
  look(80 * kGiB, 30s);
  EXPECT_EQ(watch.seen().least_available, 60 * kGiB);
  EXPECT_EQ(watch.seen().available, 80 * kGiB);
  EXPECT_DOUBLE_EQ(watch.seen().highest_rate, static_cast<double>(kGiB));
}

TEST_F(DiskWatchTest, RetriesAFailedLookAndWarnsOfTheThirdInARow) {
  const DiskVerdict first = watch.failed("df: exit code 1");
  EXPECT_EQ(first.next, 1s);
  EXPECT_EQ(first.news, "the free space of '/srv' on 'nas' is not known: df: exit code 1");
  EXPECT_THAT(first.warnings, IsEmpty());
  EXPECT_THAT(watch.failed("x").warnings, IsEmpty());
  const DiskVerdict third = watch.failed("x");
  EXPECT_THAT(third.warnings, ElementsAre("the free space of '/srv' on 'nas' is not known: x"));
  EXPECT_EQ(third.trip, "");
  EXPECT_EQ(third.next, 30s);
  EXPECT_THAT(watch.failed("x").warnings, IsEmpty()) << "one warning, not one per look";
  EXPECT_EQ(look(90 * kGiB, 1s).news, "the free space of '/srv' on 'nas' is known again");
  EXPECT_THAT(watch.failed("x").warnings, IsEmpty()) << "not in a row";
}

TEST_F(DiskWatchTest, EndsTheRunOnlyWhenItIsToldTo) {
  DiskRules some = rules();
  some.limits.on_unknown = OnUnknown::Cancel;
  DiskWatch strict(some);
  EXPECT_EQ(strict.failed("not answering since 12:03:05").trip, "");
  EXPECT_EQ(strict.failed("not answering since 12:03:05").trip, "");
  EXPECT_THAT(strict.failed("not answering since 12:03:05").trip,
              HasSubstr("not answering since 12:03:05, and on_unknown = \"cancel\""));
}

TEST_F(DiskWatchTest, TellsWhenItIsMountedReadOnly) {
  SpaceReading space = reading(90 * kGiB);
  look(90 * kGiB, 0s);
  space.read_only = true;
  EXPECT_EQ(refusal(space), "'/srv' on 'nas' is mounted read-only");
  EXPECT_THAT(watch.take(space, now + 1s).warnings, ElementsAre("'/srv' on 'nas' is mounted read-only now"));
  EXPECT_THAT(watch.take(space, now + 2s).warnings, IsEmpty());
}

TEST_F(DiskWatchTest, SaysByHowMuchItDoesNotFit) {
  EXPECT_EQ(watch.too_much(reading(40 * kGiB), 25 * kGiB, 0), std::nullopt);
  EXPECT_EQ(watch.too_much(reading(40 * kGiB), 27 * kGiB, 0)->what,
            "about 27.0 GiB would come to '/srv' on 'nas', which has 25.0 GiB above runtime_minimum = \"15%\": 2.0 GiB too much");
  SpaceReading few = reading(90 * kGiB);
  few.usable_inodes = 1000;
  few.available_inodes = 200;
  EXPECT_EQ(watch.too_much(few, 0, 51)->what,
            "about 51 files would come to '/srv' on 'nas', which has inodes for 50 above runtime_minimum = \"15%\": 1 too many");
}

TEST_F(DiskWatchTest, SaysWhoseQuotaItIs) {
  SpaceReading space = reading(26 * kGiB);
  space.quota = "user 'ann'";
  (void)watch.take(space, now);
  EXPECT_EQ(watch.too_much(space, 12 * kGiB, 0)->what,
            "about 12.0 GiB would come to '/srv' on 'nas', which has 11.0 GiB of the quota of user 'ann' above "
            "runtime_minimum = \"15%\": 1.0 GiB too much");
  space.available = 14 * kGiB;
  EXPECT_EQ(refusal(space), "'/srv' on 'nas' has 14.0 % (14.0 GiB) of the quota of user 'ann' free, less than preflight_minimum = "
                            "\"20%\": 6.0 GiB too little");
  EXPECT_THAT(watch.problems(space).front().remedy, HasSubstr("have the quota of user 'ann' raised"));
  const DiskVerdict verdict = watch.take(space, now + 30s);
  EXPECT_EQ(verdict.trip, "'/srv' on 'nas' has 14.0 % (14.0 GiB) of the quota of user 'ann' left, less than runtime_minimum = \"15%\"");
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("of the quota of user 'ann' left, less than warning_threshold = \"25%\"")));
  EXPECT_EQ(watch.seen().quota, "user 'ann'");
}

TEST_F(DiskWatchTest, SaysWhoseQuotaOfInodesItIs) {
  SpaceReading space = reading(90 * kGiB);
  space.usable_inodes = 1000;
  space.available_inodes = 100;
  space.inode_quota = "group 'staff'";
  EXPECT_EQ(refusal(space), "'/srv' on 'nas' has 10.0 % of the inodes (100) of the quota of group 'staff' free, less than "
                            "preflight_minimum = \"20%\": 100 too few");
  EXPECT_EQ(watch.take(space, now).trip,
            "'/srv' on 'nas' has 10.0 % of the inodes (100) of the quota of group 'staff' left, less than runtime_minimum = \"15%\"");
}

TEST_F(DiskWatchTest, KeepsAReserveForOurOwnState) {
  DiskRules own = rules("");
  own.path = "/var/lib/orchestratord";
  own.is_state = true;
  DiskWatch state(own);
  EXPECT_EQ(state.take(reading(65ULL << 20), now).trip, "") << "percentages are nothing to it";
  EXPECT_EQ(state.take(reading(63ULL << 20), now + 1s).trip,
            "'/var/lib/orchestratord' here has 0.0 % (63.0 MiB) left, less than state_reserve = \"64MiB\"");
}

TEST(ShareText, RoundsDown) {
  EXPECT_EQ(share_text(14999, 100'000), "14.9 %");
  EXPECT_EQ(share_text(1, 3), "33.3 %");
  EXPECT_EQ(share_text(0, 0), "0.0 %");
  EXPECT_EQ(share_text(5, 5), "100.0 %");
}

}  // namespace
}  // namespace orchestrator::test
