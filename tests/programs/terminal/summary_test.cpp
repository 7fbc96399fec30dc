#include "programs/terminal/summary.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

EventSink::Stopping interrupted() {
  EventSink::Stopping what;
  what.reason.cause = CancelCause::Signal;
  what.reason.detail = "SIGINT";
  what.reason.signal = SIGINT;
  what.processes = {{"", 2}, {"nas", 1}};
  return what;
}

RunResult good_run() {
  RunResult result;
  result.id = "0123456789abcdef";
  result.job = "srv";
  result.state = RunState::Succeeded;
  ItemResult item;
  item.item = "nas:/srv/";
  item.end = ItemEnd::Succeeded;
  item.phase = Phase::PostSync;
  item.took = 200s;
  item.bytes = 59034828;
  result.items.push_back(item);
  result.phases = {{Phase::Validate, 100ms}, {Phase::Sync, 200s}};
  result.guarantees = {{"", Guarantee::Complete}, {"nas", Guarantee::Cookie}};
  result.took = 201s;
  result.log_file = "/state/runs/0123.jsonl";
  return result;
}

RunResult cancelled_run() {
  RunResult result = good_run();
  result.state = RunState::Cancelled;
  result.reason = interrupted().reason;
  result.cancel_took = 400ms;
  result.items.front().end = ItemEnd::Cancelled;
  result.items.front().reason = "signal: SIGINT";
  return result;
}

RunResult failed_run() {
  RunResult result = good_run();
  result.state = RunState::Failed;
  result.failure = FailureKind::Work;
  result.items.front().end = ItemEnd::Failed;
  result.items.front().phase = Phase::Sync;
  result.items.front().reason = "rsync failed";
  RunError error;
  error.item = "nas:/srv/";
  error.phase = Phase::Sync;
  error.message = "rsync failed";
  error.remedy = "free some space on 'nas'";
  error.host = "";
  error.command = "rsync -a /srv/ nas:/srv/";
  error.status = "exit code 11 (error in file I/O)";
  for (int line = 1; line <= 25; ++line) error.error_lines.push_back("line " + std::to_string(line));
  result.errors.push_back(error);
  return result;
}

TEST(StoppingText, SaysWhatIsStoppedAndWhere) {
  EXPECT_EQ(stopping_text(interrupted(), "srv", Charset::Utf8),
            "^C: stopping 'srv' (2 processes here, 1 on nas); again to kill");
}

TEST(StoppingText, NamesOtherSignalsAndCauses) {
  EventSink::Stopping what = interrupted();
  what.processes.clear();
  what.reason.signal = SIGTERM;
  what.reason.detail = "SIGTERM";
  EXPECT_EQ(stopping_text(what, "srv", Charset::Utf8), "SIGTERM: stopping 'srv'; again to kill");
  what.reason = CancelReason();
  what.reason.cause = CancelCause::Deadline;
  what.reason.detail = "limit of 2 h";
  EXPECT_EQ(stopping_text(what, "srv", Charset::Utf8), "limit of 2 h: stopping 'srv'");
}

TEST(StoppingText, SaysThatTheSecondOneKills) {
  EventSink::Stopping what = interrupted();
  what.level = CancelLevel::Kill;
  EXPECT_EQ(stopping_text(what, "srv", Charset::Utf8), "^C: killing 'srv' (2 processes here, 1 on nas)");
}

TEST(EndingText, SaysThatNothingIsLeft) {
  EXPECT_EQ(ending_text(cancelled_run(), Charset::Utf8), "srv: cancelled after 0.4 s; nothing left here or on nas");
}

TEST(EndingText, SaysWhatCouldNotBeConfirmed) {
  RunResult result = cancelled_run();
  result.leftovers.push_back({"nas", "815", "rsync --server", "connection lost"});
  EXPECT_EQ(ending_text(result, Charset::Utf8),
            "srv: cancelled after 0.4 s; could not confirm that 1 process group is gone");
  EXPECT_THAT(summary_text(result, TerminalStyle()),
              HasSubstr("  left       on nas, process group 815, 'rsync --server': connection lost\n"));
}

TEST(Summary, OfASuccess) {
  EXPECT_EQ(summary_text(good_run(), TerminalStyle()),
            "srv: succeeded after 3 min 21 s, 56.3 MiB\n"
            "  phases     validate 0.1 s, sync 3 min 20 s\n"
            "  item       nas:/srv/  succeeded  3 min 20 s  56.3 MiB\n"
            "  guarantee  complete here, cookie on nas\n"
            "  log        /state/runs/0123.jsonl\n");
}

TEST(Summary, TellsOfDisksThatWereWarnedOf) {
  RunResult result = good_run();
  DiskSeen disk;
  disk.host = "nas";
  disk.path = "/srv";
  disk.usable = 100ULL << 30;
  disk.least_available = 14ULL << 30;
  disk.highest_rate = 210.0 * (1 << 20);
  result.disks.push_back(disk);
  EXPECT_THAT(summary_text(result, TerminalStyle()), Not(HasSubstr("disk")));
  result.disks.front().warnings = 1;
  EXPECT_THAT(summary_text(result, TerminalStyle()),
              HasSubstr("  disk       /srv on nas: at least 14.0 GiB (14 %) free, filled at up to 210 MiB/s\n"));
  result.disks.front().quota = "user 'ann'";
  EXPECT_THAT(summary_text(result, TerminalStyle()),
              HasSubstr("  disk       /srv on nas: at least 14.0 GiB (14 %) of the quota of user 'ann' free, filled"));
}

TEST(Summary, OfACancelledRun) {
  EXPECT_EQ(summary_text(cancelled_run(), TerminalStyle()),
            "srv: cancelled after 0.4 s; nothing left here or on nas\n"
            "  reason     SIGINT\n"
            "  ran        3 min 21 s\n"
            "  phases     validate 0.1 s, sync 3 min 20 s\n"
            "  item       nas:/srv/  cancelled  3 min 20 s  56.3 MiB  in post_sync: signal: SIGINT\n"
            "  guarantee  complete here, cookie on nas\n"
            "  log        /state/runs/0123.jsonl\n");
}

TEST(Summary, ShowsWarnings) {
  RunResult result = good_run();
  result.warnings = {"some files vanished\x1b[1m"};
  const std::string text = summary_text(result, TerminalStyle());
  EXPECT_THAT(text, HasSubstr("srv: succeeded with 1 warning after"));
  EXPECT_THAT(text, HasSubstr("  warning    some files vanished\\x1b[1m\n"));
}

TEST(Summary, OfADryRunShowsCommandsHostsAndPaths) {
  RunResult result = good_run();
  result.dry_run = true;
  result.log_file.clear();
  result.took = 200ms;
  result.phases = {{Phase::Validate, 100ms}};
  JobPlan& plan = result.items.front().plan;
  plan.hosts = {"", "nas"};
  plan.paths = {{"", "/srv/", false}, {"nas", "/srv/", true}};
  plan.commands = {"rsync -a /srv/ nas:/srv/"};
  EXPECT_EQ(summary_text(result, TerminalStyle()),
            "srv: dry run succeeded after 0.2 s; nothing was changed\n"
            "  phases     validate 0.1 s\n"
            "  item       nas:/srv/\n"
            "  reads      /srv/ here\n"
            "  writes     /srv/ on nas\n"
            "  runs       rsync -a /srv/ nas:/srv/\n"
            "  guarantee  complete here, cookie on nas\n");
}

TEST(FailureText, IsOneScreen) {
  const std::string text = failure_text(failed_run(), TerminalStyle());
  EXPECT_THAT(text, HasSubstr("'srv' failed in sync\n"
                              "  item       nas:/srv/\n"
                              "  error      rsync failed\n"
                              "  command    rsync -a /srv/ nas:/srv/\n"
                              "  host       this machine\n"
                              "  ended      exit code 11 (error in file I/O)\n"
                              "    | line 6\n"));
  EXPECT_THAT(text, Not(HasSubstr("line 5\n"))) << "the last twenty alone";
  EXPECT_THAT(text, HasSubstr("    | line 25\n  remedy     free some space on 'nas'\n"));
}

TEST(FailureText, ShowsEveryProblemOfAValidation) {
  RunResult result = failed_run();
  result.failure = FailureKind::Validation;
  result.errors.clear();
  RunError error;
  error.message = "no rsync on 'nas'";
  error.remedy = "apt install rsync there";
  result.errors.push_back(error);
  error.message = "'/srv' does not exist";
  error.remedy = "";
  result.errors.push_back(error);
  EXPECT_EQ(failure_text(result, TerminalStyle()),
            "'srv' was not started: 2 problems found; nothing was changed\n"
            "  error      no rsync on 'nas'\n"
            "  remedy     apt install rsync there\n"
            "  error      '/srv' does not exist\n");
  EXPECT_THAT(summary_text(result, TerminalStyle()),
              testing::StartsWith("srv: not started, validation found problems; nothing left here or on nas\n"));
}

TEST(FailureText, NamesFurtherErrorsInOneLineEach) {
  RunResult result = failed_run();
  for (int number = 1; number <= 12; ++number) {
    RunError error;
    error.item = "item" + std::to_string(number);
    error.message = "broken";
    result.errors.push_back(error);
  }
  const std::string text = failure_text(result, TerminalStyle());
  EXPECT_THAT(text, HasSubstr("  also       item1: broken\n"));
  EXPECT_THAT(text, HasSubstr("  also       item10: broken\n             and 2 more, in the log\n"));
}

TEST(FailureText, DoesNotLetOutputSteerTheTerminal) {
  RunResult result = failed_run();
  result.errors.front().error_lines = {"\x1b]0;owned\x07"};
  EXPECT_THAT(failure_text(result, TerminalStyle()), HasSubstr("    | \\x1b]0;owned\\x07\n"));
}

TEST(FailureText, IsEmptyWithoutAnError) { EXPECT_EQ(failure_text(good_run(), TerminalStyle()), ""); }

}  // namespace
}  // namespace orchestrator
