#include "programs/terminal/json_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

TEST(JsonLines, AreOneLineEach) {
  EXPECT_EQ(began_line("12ab", "srv", {"a", "b"}),
            R"({"schema":1,"type":"began","run":"12ab","job":"srv","items":["a","b"]})"
            "\n");
  EXPECT_EQ(state_line(RunState::PreSync), "{\"schema\":1,\"type\":\"state\",\"state\":\"pre_sync\"}\n");
  EXPECT_EQ(item_began_line("a", Phase::Sync),
            "{\"schema\":1,\"type\":\"item_began\",\"item\":\"a\",\"phase\":\"sync\"}\n");
  EXPECT_EQ(item_ended_line("a", Phase::PostSync, ItemEnd::SyncedNotInstalled),
            R"({"schema":1,"type":"item_ended","item":"a","phase":"post_sync","end":"synced_not_installed"})"
            "\n");
}

TEST(JsonLines, LeaveOutWhatIsNotKnownOfProgress) {
  Progress progress;
  EXPECT_EQ(progress_line("a", Phase::Sync, progress),
            "{\"schema\":1,\"type\":\"progress\",\"item\":\"a\",\"phase\":\"sync\"}\n");
  progress.fraction = 0.5;
  progress.bytes = 12;
  progress.bytes_per_second = 1.5;
  progress.remaining = 90s;
  progress.current = "x/y";
  EXPECT_EQ(progress_line("a", Phase::Sync, progress),
            R"({"schema":1,"type":"progress","item":"a","phase":"sync","fraction":0.5,"bytes":12,)"
            R"("bytes_per_second":1.5,"remaining_seconds":90.0,"current":"x/y"})"
            "\n");
}

TEST(JsonLines, EscapeLineEndsAndReplaceBytesThatAreNoUtf8) {
  LogLine line;
  line.level = LogLevel::Warning;
  line.host = "nas";
  line.text = "a\nb\xff";
  EXPECT_EQ(log_json_line(line),
            "{\"schema\":1,\"type\":\"log\",\"level\":\"warning\",\"host\":\"nas\",\"text\":\"a\\nb\xEF\xBF\xBD\"}\n");
}

TEST(JsonLines, SayWhatDisksLookLike) {
  DiskSeen disk;
  disk.host = "nas";
  disk.path = "/srv";
  disk.usable = 100;
  disk.available = 20;
  disk.least_available = 10;
  disk.quota = "user 'ann'";
  disk.note = "full in about 40 s at 210 MiB/s";
  EXPECT_EQ(disk_line(disk),
            R"({"schema":1,"type":"disk","host":"nas","path":"/srv","usable":100,"available":20,"least_available":10,)"
            R"("usable_inodes":0,"least_available_inodes":0,"rate":0.0,"highest_rate":0.0,"warnings":0,)"
            R"("quota":"user 'ann'","note":"full in about 40 s at 210 MiB/s"})"
            "\n");
}

TEST(JsonLines, SayWhatIsStopped) {
  EventSink::Stopping what;
  what.reason.cause = CancelCause::Signal;
  what.reason.detail = "SIGTERM";
  what.processes = {{"", 2}};
  EXPECT_EQ(stopping_line(what),
            R"({"schema":1,"type":"stopping","level":"stop","reason":{"cause":"signal","detail":"SIGTERM"},)"
            R"("processes":[{"host":"","number":2}]})"
            "\n");
}

TEST(JsonLines, EndWithAResultThatHasAllOfTheSummary) {
  RunResult result;
  result.id = "12ab";
  result.job = "srv";
  result.state = RunState::Failed;
  result.failure = FailureKind::Work;
  result.began = std::chrono::system_clock::time_point(1700000000123ms);
  result.took = 1500ms;
  ItemResult item;
  item.item = "nas:/srv";
  item.end = ItemEnd::Failed;
  item.phase = Phase::Sync;
  item.took = 1s;
  item.reason = "rsync failed";
  item.plan.hosts = {"", "nas"};
  item.plan.paths = {{"nas", "/srv", true}};
  item.plan.commands = {"rsync"};
  result.items.push_back(item);
  result.phases = {{Phase::Sync, 1s}};
  RunError error;
  error.item = "nas:/srv";
  error.phase = Phase::Sync;
  error.message = "rsync failed";
  error.remedy = "look";
  error.host = "nas";
  error.command = "rsync";
  error.status = "exit code 1";
  error.error_lines = {"oops"};
  result.errors.push_back(error);
  result.warnings = {"w"};
  result.leftovers = {{"nas", "815", "rsync", "connection lost"}};
  result.guarantees = {{"", Guarantee::Complete}};
  result.log_file = "/log";
  EXPECT_EQ(result_line(result, 7),
            R"({"schema":1,"type":"result","run":"12ab","job":"srv","dry_run":false,"started_by":"","state":"failed","exit_code":7,)"
            R"("failure":"work","reason":null,"skipped_because":"","began":"2023-11-14T22:13:20.123Z","seconds":1.5,)"
            R"("cancel_seconds":null,"items":[{"item":"nas:/srv","end":"failed","phase":"sync","seconds":1.0,)"
            R"("bytes":null,"reason":"rsync failed","plan":{"hosts":["","nas"],"paths":[{"host":"nas","path":"/srv",)"
            R"("written":true}],"commands":["rsync"]}}],"phases":[{"phase":"sync","seconds":1.0}],)"
            R"("errors":[{"item":"nas:/srv","phase":"sync","message":"rsync failed","remedy":"look","host":"nas",)"
            R"("command":"rsync","status":"exit code 1","error_lines":["oops"]}],"warnings":["w"],"disks":[],)"
            R"("leftovers":[{"host":"nas","group":"815","command":"rsync","why":"connection lost"}],)"
            R"("guarantees":{"":"complete"},"log_file":"/log"})"
            "\n");
}

TEST(JsonLines, NameTheReasonOfACancelledRun) {
  RunResult result;
  result.state = RunState::Cancelled;
  result.reason.emplace();
  result.reason->cause = CancelCause::Deadline;
  result.cancel_took = 400ms;
  const std::string line = result_line(result, 5);
  EXPECT_THAT(line, HasSubstr(R"("reason":{"cause":"deadline","detail":""})"));
  EXPECT_THAT(line, HasSubstr(R"("cancel_seconds":0.4)"));
  EXPECT_THAT(line, EndsWith("}\n"));
}

}  // namespace
}  // namespace orchestrator
