#include "programs/terminal/json_events.hpp"

#include <gmock/gmock.h>

#include "programs/terminal/json_lines.hpp"
#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

TEST(JsonEvents, TellWhatTheLinesWereMadeOf) {
  RecordingSink direct;
  RecordingSink told;
  JsonEvents events(told);
  Progress progress;
  progress.fraction = 0.25;
  progress.bytes = 1000;
  progress.remaining = 3s;
  EventSink::Stopping what;
  what.level = CancelLevel::Kill;
  what.reason = CancelReason{CancelCause::Deadline, "limit of 2 h"};
  what.processes = {{"", 2}, {"nas", 1}};
  const LogLine log{LogLevel::Warning, "a", "nas", "text"};
  for (EventSink* sink : std::initializer_list<EventSink*>{&direct}) {
    sink->run_began("12ab", "srv", {"a", "b"});
    sink->state_changed(RunState::PreSync);
    sink->item_began("a", Phase::Sync);
    sink->item_progress("a", progress);
    sink->log_line(log);
    sink->item_ended("a", Phase::PostSync, ItemEnd::SyncedNotInstalled);
    sink->stopping(what);
  }
  events.line(began_line("12ab", "srv", {"a", "b"}));
  events.line(state_line(RunState::PreSync));
  events.line(item_began_line("a", Phase::Sync));
  events.line(progress_line("a", Phase::Sync, progress));
  events.line(log_json_line(log));
  events.line(item_ended_line("a", Phase::PostSync, ItemEnd::SyncedNotInstalled));
  events.line(stopping_line(what));
  EXPECT_EQ(told.events, direct.events);
  EXPECT_EQ(told.log, direct.log);
  ASSERT_EQ(told.progress.size(), 1U);
  EXPECT_EQ(told.progress.front().fraction, 0.25);
  EXPECT_EQ(told.progress.front().remaining, 3s);
  ASSERT_EQ(told.stops.size(), 1U);
  EXPECT_EQ(told.stops.front().processes, what.processes);
  EXPECT_EQ(to_string(told.stops.front().reason), "deadline: limit of 2 h");
}

TEST(JsonEvents, GiveTheResultThatWasTold) {
  RunResult result;
  result.id = "12ab";
  result.job = "srv";
  result.state = RunState::Cancelled;
  result.failure = FailureKind::Work;
  result.reason = CancelReason{CancelCause::Operator, "by uid 0"};
  result.took = 1500ms;
  result.cancel_took = 500ms;
  ItemResult item;
  item.item = "nas:/srv";
  item.end = ItemEnd::SyncedNotInstalled;
  item.phase = Phase::Sync;
  item.bytes = 12;
  item.plan.hosts = {"", "nas"};
  item.plan.paths = {{"nas", "/srv", true}};
  item.plan.commands = {"rsync"};
  result.items.push_back(item);
  result.phases = {{Phase::Sync, 1s}};
  RunError error;
  error.message = "rsync failed";
  error.host = "nas";
  error.command = "rsync";
  error.status = "exit code 1";
  error.error_lines = {"oops"};
  result.errors.push_back(error);
  result.warnings = {"w"};
  result.leftovers = {{"nas", "815", "rsync", "connection lost"}};
  result.guarantees = {{"", Guarantee::Complete}, {"nas", Guarantee::Cookie}};
  result.log_file = "/log";
  const std::string line = result_line(result, 7);
  RecordingSink sink;
  JsonEvents events(sink);
  events.line(line);
  ASSERT_TRUE(events.result().has_value());
  EXPECT_EQ(events.exit_code(), 7);
  RunResult again = *events.result();
  again.began = result.began;
  EXPECT_EQ(result_line(again, 7), line);
}

TEST(JsonEvents, PassOverWhatIsNoLineOfOurs) {
  RecordingSink sink;
  JsonEvents events(sink);
  for (const char* text : {"", "nonsense", "[1,2]", "{}", "{\"type\":7}", "{\"type\":\"progress\",\"item\":3}",
                           "{\"type\":\"result\",\"items\":[1],\"errors\":7,\"guarantees\":[]}"}) {
    events.line(text);
  }
  EXPECT_TRUE(events.result().has_value()) << "a result with nothing in it";
  EXPECT_FALSE(result_of_json("{}").has_value());
  EXPECT_TRUE(result_of_json(R"({"state":"failed","exit_code":1,"error":"x"})").has_value());
}

}  // namespace
}  // namespace orchestrator::test
