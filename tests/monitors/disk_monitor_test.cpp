// Runs under a disk monitor, in virtual time, on disks that are functions of the time.
#include "monitors/disk_monitor.hpp"

#include <gmock/gmock.h>
#include <pwd.h>

#include "orchestrator/run/exit_code.hpp"
#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::uint64_t kGibibyte = 1ULL << 30;

SpaceReading disk(double available_gib, const std::string& device = "a") {
  SpaceReading space;
  space.usable = 100 * kGibibyte;
  space.available = static_cast<std::uint64_t>(available_gib * static_cast<double>(kGibibyte));
  space.device = device;
  return space;
}

/// What a path answers, by the seconds of the run.
using Answer = std::function<SpaceReading(double seconds)>;

class FakeProbe final : public DiskProbe {
 public:
  FakeProbe(std::map<std::string, Answer>& answers, std::vector<std::string>& looks, std::map<std::string, std::string>& writers,
            std::string host, VirtualLoop& loop)
      : answers_(answers), looks_(looks), writers_(writers), host_(std::move(host)), loop_(loop) {}

  awaitable<SpaceReading> look(std::string path, DiskWriter writer) override {
    looks_.push_back(host_ + ":" + path);
    std::string who = writer.without_quota ? "nobody's quota" : "who looks";
    if (writer.other) who = std::to_string(writer.other->user) + ":" + std::to_string(writer.other->group);
    writers_[looks_.back()] = std::move(who);
    co_await yield_now();
    const auto found = answers_.find(host_ + ":" + path);
    if (found == answers_.end()) throw Error("no such disk");
    if (!found->second) co_await sleep_forever();
    co_return found->second(std::chrono::duration<double>(loop_.elapsed()).count());
  }
  awaitable<void> serve() override { return sleep_forever(); }

 private:
  std::map<std::string, Answer>& answers_;
  std::vector<std::string>& looks_;
  std::map<std::string, std::string>& writers_;
  std::string host_;
  VirtualLoop& loop_;
};

class DiskMonitorTest : public RunTest {
 protected:
  DiskMonitorTest() {
    monitors = [this](const MonitorSubject& subject) {
      DiskProbes probes{here_, [this](Host& host) {
                          return std::make_unique<FakeProbe>(answers, looks, writers, host.name(), loop);
                        }};
      std::vector<std::unique_ptr<Monitor>> made;
      made.push_back(std::make_unique<DiskMonitor>(subject, std::move(probes)));
      return made;
    };
  }

  FakeJob& writes(const std::string& host, const std::string& path, Duration takes = 10min) {
    FakeJob& one = add_item(host + ":" + path);
    one.has_plan.paths.push_back({host, path, true});
    one.has_plan.hosts.push_back(host);
    one.on_sync = step("synced", takes);
    return one;
  }

  std::map<std::string, Answer> answers;
  std::vector<std::string> looks;
  std::map<std::string, std::string> writers;  // whose quota counts, by the path

 private:
  FakeProbe here_{answers, looks, writers, "", loop};
};

TEST_F(DiskMonitorTest, LetsARunPassThatHasRoom) {
  writes("nas", "/srv");
  answers["nas:/srv"] = [](double) { return disk(90); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_THAT(result.warnings, IsEmpty());
  ASSERT_THAT(result.disks, SizeIs(1));
  EXPECT_EQ(result.disks[0].host, "nas");
  EXPECT_EQ(result.disks[0].least_available, 90 * kGibibyte);
  EXPECT_EQ(looks.size(), 21U) << "one before, and one in each interval";
}

TEST_F(DiskMonitorTest, RefusesARunThatHasNoRoomBeforeAnythingChanges) {
  writes("nas", "/srv").on_pre_sync = step("changed");
  answers["nas:/srv"] = [](double) { return disk(19); };
  EXPECT_EQ(exit_code(run()), kExitValidation);
  EXPECT_THAT(notes, IsEmpty());
  ASSERT_THAT(result.errors, SizeIs(1));
  EXPECT_THAT(result.errors[0].message, HasSubstr("'/srv' on 'nas' has 19.0 % (19.0 GiB) free, less than preflight_minimum = \"20%\": 1.0 GiB too little"));
}

TEST_F(DiskMonitorTest, SaysTheSameOfADryRun) {
  writes("nas", "/srv");
  answers["nas:/srv"] = [](double) { return disk(19); };
  options.dry_run = true;
  EXPECT_EQ(exit_code(run()), kExitValidation);
}

TEST_F(DiskMonitorTest, EndsARunBeforeTheDiskIsFull) {
  writes("nas", "/srv");
  // From 50 GiB at 200 MiB/s, since the first minute.
  answers["nas:/srv"] = [](double s) { return disk(50 - std::max(0.0, s - 60) * 0.2); };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_EQ(result.state, RunState::Cancelled);
  ASSERT_TRUE(result.reason);
  EXPECT_EQ(result.reason->cause, CancelCause::Disk);
  EXPECT_THAT(result.reason->detail, AllOf(HasSubstr("'/srv' on 'nas' has 14."), HasSubstr("runtime_minimum = \"15%\"")));
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_GT(result.disks[0].least_available, 14 * kGibibyte) << "seen in time";
  EXPECT_THAT(result.warnings, ElementsAre(AllOf(HasSubstr("warning_threshold"), HasSubstr("full in about"))));
  EXPECT_THAT(result.disks[0].note, HasSubstr("full in about"));
}

TEST_F(DiskMonitorTest, WatchesFromBeforePreSyncToAfterPostSync) {
  FakeJob& one = writes("", "/srv", 1s);
  one.on_pre_sync = step("prepared", 5min);
  one.on_post_sync = step("installed", 5min);
  answers[":/srv"] = [](double s) { return disk(s < 400 ? 90 : 5); };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_THAT(notes, ElementsAre("prepared", "synced"));
}

TEST_F(DiskMonitorTest, LeavesARunAloneWhoseWorkIsOver) {
  FakeJob& one = writes("", "/srv", 1s);
  one.on_sync = [](JobContext& context) -> awaitable<void> {
    context.on_exit("slow", [](Ending) -> awaitable<void> { co_await sleep_for(20s); });
    co_return;
  };
  answers[":/srv"] = [](double s) { return disk(s < 1 ? 16 : 5); };
  job.common.disk.preflight_minimum = Threshold(Percentage(10));
  EXPECT_EQ(run().state, RunState::Succeeded);
}

TEST_F(DiskMonitorTest, UndoesLikeAfterEveryCancellation) {
  FakeJob& one = writes("", "/srv");
  one.on_pre_sync = [this](JobContext& context) -> awaitable<void> {
    context.on_failure("undo", [this](Ending) -> awaitable<void> {
      note("undone");
      co_return;
    });
    co_return;
  };
  answers[":/srv"] = [](double s) { return disk(s < 100 ? 90 : 5); };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_THAT(notes, ElementsAre("undone"));
}

TEST_F(DiskMonitorTest, LooksOnceAtAFileSystemWithSeveralPaths) {
  writes("", "/srv/a");
  writes("", "/srv/b");
  writes("", "/other");
  answers[":/srv/a"] = [](double) { return disk(90, "one"); };
  answers[":/srv/b"] = answers[":/srv/a"];
  answers[":/other"] = [](double) { return disk(90, "two"); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_EQ(std::count(looks.begin(), looks.end(), ":/srv/a"), 21);
  EXPECT_EQ(std::count(looks.begin(), looks.end(), ":/srv/b"), 11) << "only whether it still lies there";
  EXPECT_EQ(std::count(looks.begin(), looks.end(), ":/other"), 21);
  EXPECT_THAT(result.disks, SizeIs(2));
}

TEST_F(DiskMonitorTest, NoticesAPathThatComesToLieOnAnotherDisk) {
  writes("", "/srv/a");
  writes("", "/srv/b");
  answers[":/srv/a"] = [](double) { return disk(90, "one"); };
  answers[":/srv/b"] = [](double s) { return s < 90 ? disk(90, "one") : disk(10, "usb"); };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_THAT(result.reason->detail, HasSubstr("'/srv/b' here has 10.0 %"));
}

TEST_F(DiskMonitorTest, GoesOnWithoutADiskThatDoesNotAnswerAndSaysSinceWhen) {
  writes("nas", "/hung");
  writes("", "/srv");
  answers["nas:/hung"] = nullptr;
  answers[":/srv"] = [](double) { return disk(90); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_LT(loop.elapsed(), 11min) << "it holds nobody";
  EXPECT_THAT(result.warnings, ElementsAre(AllOf(HasSubstr("the free space of '/hung' on 'nas' is not known: "),
                                                 testing::ContainsRegex("not answering since [0-9:]{8}"))));
  EXPECT_THAT(result.disks, Contains(testing::Field(&DiskSeen::note, HasSubstr("not answering since"))));
}

TEST_F(DiskMonitorTest, IsTooLateForADiskThatHangsButNotForTheOthers) {
  writes("", "/hung");
  writes("", "/srv");
  answers[":/hung"] = nullptr;
  answers[":/srv"] = [](double s) { return disk(s < 100 ? 90 : 5); };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_LT(loop.elapsed(), 150s);
}

TEST_F(DiskMonitorTest, KnowsADiskAgainThatAnswersAgain) {
  writes("", "/srv");
  answers[":/srv"] = [](double s) {
    if (s > 60 && s < 200) throw Error("Input/output error");
    return disk(90);
  };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_THAT(result.warnings, ElementsAre("the free space of '/srv' here is not known: Input/output error"));
  EXPECT_THAT(sink.log, Contains(HasSubstr("the free space of '/srv' here is known again")));
  EXPECT_EQ(result.disks[0].note, "");
}

TEST_F(DiskMonitorTest, TakesOneFailedLookForNothing) {
  writes("", "/srv");
  bool failed = false;
  answers[":/srv"] = [&failed](double s) {
    if (s > 60 && !std::exchange(failed, true)) throw Error("Input/output error");
    return disk(90);
  };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST_F(DiskMonitorTest, EndsARunThatMustKnowItsDisks) {
  writes("", "/srv");
  job.common.disk.on_unknown = OnUnknown::Cancel;
  answers[":/srv"] = [](double s) {
    if (s > 60) throw Error("Input/output error");
    return disk(90);
  };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_THAT(result.reason->detail, HasSubstr("Input/output error, and on_unknown = \"cancel\""));
}

TEST_F(DiskMonitorTest, RefusesARunThatMustKnowItsDisksAndDoesNot) {
  writes("", "/srv");
  job.common.disk.on_unknown = OnUnknown::Cancel;
  EXPECT_EQ(exit_code(run()), kExitValidation);
  EXPECT_THAT(result.errors[0].message, HasSubstr("the free space of '/srv' here is not known: no such disk"));
}

TEST_F(DiskMonitorTest, SeesThePathThatAppearsLater) {
  writes("", "/media/usb/x");
  answers[":/media/usb/x"] = [](double s) { return s < 50 ? disk(90, "root") : disk(80, "usb"); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_EQ(result.disks[0].available, 80 * kGibibyte);
}

TEST_F(DiskMonitorTest, EndsBothOfTwoRunsThatShareADisk) {
  // The other run fills the disk, too: this one goes by what is left, not by what it wrote.
  writes("", "/srv");
  answers[":/srv"] = [](double s) { return disk(s < 30 ? 60 : 60 - (s - 30) * 0.5); };
  EXPECT_EQ(exit_code(run()), kExitMonitor);
  EXPECT_GT(result.disks[0].least_available, 13 * kGibibyte);
}

TEST_F(DiskMonitorTest, TakesTheThresholdsOfTheJob) {
  writes("", "/srv");
  job.common.disk.preflight_minimum = Threshold(Percentage(2));
  job.common.disk.warning_threshold = Threshold(Percentage(2));
  job.common.disk.runtime_minimum = Threshold(Percentage(1));
  answers[":/srv"] = [](double) { return disk(3); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST_F(DiskMonitorTest, TakesTheQuotaOfWhoWrites) {
  writes("", "/srv", 1s);
  writes("nas", "/srv", 1s);
  writes("nas", "/root", 1s).has_plan.paths.back().as_root = true;
  for (const char* place : {":/srv", "nas:/srv", "nas:/root"}) answers[place] = [](double) { return disk(90); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_EQ(writers[":/srv"], "who looks");
  EXPECT_EQ(writers["nas:/srv"], "who looks");
  EXPECT_EQ(writers["nas:/root"], "nobody's quota");
}

TEST_F(DiskMonitorTest, TakesTheQuotaOfWhomTheRunIsAs) {
  writes("", "/srv", 1s);
  writes("nas", "/srv", 1s);
  for (const char* place : {":/srv", "nas:/srv"}) answers[place] = [](double) { return disk(90); };
  const passwd* root = ::getpwuid(0);
  job.common.run_as = root->pw_name;
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_EQ(writers[":/srv"], "0:" + std::to_string(root->pw_gid));
  EXPECT_EQ(writers["nas:/srv"], "who looks") << "it is about this machine";
}

TEST_F(DiskMonitorTest, TakesNoQuotaOfAUserWhomItDoesNotKnow) {
  writes("", "/srv", 1s);
  answers[":/srv"] = [](double) { return disk(90); };
  job.common.run_as = "no-such-user";
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_EQ(writers[":/srv"], "nobody's quota");
}

TEST_F(DiskMonitorTest, IsCancelledWithTheRun) {
  writes("nas", "/hung");
  answers["nas:/hung"] = nullptr;
  cancel_at(70s);
  EXPECT_EQ(exit_code(run()), kExitCancelled);
  EXPECT_EQ(loop.elapsed(), 70s) << "nothing waits for what hangs";
}

TEST_F(DiskMonitorTest, TellsWhatItSeesWhileItSeesIt) {
  writes("", "/srv");
  answers[":/srv"] = [](double) { return disk(90); };
  EXPECT_EQ(run().state, RunState::Succeeded);
  EXPECT_THAT(sink.disks, SizeIs(21));
}

}  // namespace
}  // namespace orchestrator::test
