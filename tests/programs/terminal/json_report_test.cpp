#include "programs/terminal/json_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.hpp"

namespace orchestrator {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Recorder {
 public:
  explicit Recorder(ReportOptions options = ReportOptions())
      : report(options, clock, [this](ReportPiece piece) {
          EXPECT_EQ(piece.channel, Channel::Result);
          out += piece.text;
        }) {}

  void run() {
    report.run_began("12ab", "srv", {"a"});
    report.item_began("a", Phase::Sync);
    for (int percent = 1; percent <= 50; ++percent) {
      Progress progress;
      progress.bytes = static_cast<std::uint64_t>(percent);
      report.item_progress("a", progress);
    }
    report.tick();
    LogLine line;
    line.text = "hello";
    report.log_line(line);
    RunResult result;
    result.state = RunState::Succeeded;
    report.run_ended(result);
  }

  test::FakeClock clock;
  std::string out;
  JsonReport report;
};

TEST(JsonReport, TellsTheLatestProgressAtEachTick) {
  Recorder recorder;
  recorder.run();
  EXPECT_THAT(recorder.out, HasSubstr("\"bytes\":50}"));
  EXPECT_THAT(recorder.out, Not(HasSubstr("\"bytes\":49}")));
}

TEST(JsonReport, LeavesTheLogOutUnlessVerbose) {
  Recorder plain;
  plain.run();
  EXPECT_THAT(plain.out, Not(HasSubstr("hello")));
  ReportOptions options;
  options.verbose = true;
  Recorder verbose(options);
  verbose.run();
  EXPECT_THAT(verbose.out, HasSubstr("\"text\":\"hello\""));
}

TEST(JsonReport, IsTheResultAloneWhenQuiet) {
  ReportOptions options;
  options.quiet = true;
  Recorder recorder(options);
  recorder.run();
  EXPECT_THAT(recorder.out, StartsWith("{\"schema\":1,\"type\":\"result\""));
}

}  // namespace
}  // namespace orchestrator
