#include "programs/terminal/text_report.hpp"

#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/virtual_loop.hpp"

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

// What reaches each stream, frames included.
class TextRecorder {
 public:
  explicit TextRecorder(ReportOptions options, bool live = false) {
    TextReport::Terminal terminal;
    terminal.progress.live = live;
    terminal.size = [this] { return size; };
    report = std::make_unique<TextReport>(
        options, std::move(terminal), clock, [this](ReportPiece piece) {
          (piece.channel == Channel::Result ? out : err) += piece.text;
        });
  }

  std::string take_err() { return std::exchange(err, ""); }

  void begin() {
    report->run_began("12ab", "srv", {"nas:/srv"});
    report->state_changed(RunState::Validating);
    report->item_began("nas:/srv", Phase::Validate);
    report->item_ended("nas:/srv", Phase::Validate, ItemEnd::Succeeded);
    report->state_changed(RunState::Syncing);
    report->item_began("nas:/srv", Phase::Sync);
  }

  static RunResult result(RunState state) {
    RunResult result;
    result.job = "srv";
    result.state = state;
    result.took = 2s;
    if (state == RunState::Failed) result.errors.emplace_back().message = "broken";
    return result;
  }

  test::FakeClock clock;
  TerminalSize size{40, 24};
  std::string out;
  std::string err;
  std::unique_ptr<TextReport> report;
};

TEST(TextReport, WritesALinePerPhaseWhereNoTerminalIs) {
  TextRecorder recorder{ReportOptions()};
  recorder.begin();
  EXPECT_EQ(recorder.err, "srv: checking\nsrv: syncing\n");
  EXPECT_EQ(recorder.out, "");
}

TEST(TextReport, WritesALineNowAndThenWhereNoTerminalIs) {
  TextRecorder recorder{ReportOptions()};
  recorder.begin();
  recorder.take_err();
  Progress progress;
  progress.fraction = 0.5;
  recorder.report->item_progress("nas:/srv", progress);
  EXPECT_EQ(recorder.err, "") << "not for each progress";
  recorder.report->tick();
  EXPECT_EQ(recorder.err, "srv: syncing, 50 %, 0 s so far\n");
  EXPECT_EQ(recorder.report->interval(), 30s);
}

TEST(TextReport, DrawsABarOnATerminalAndErasesItAtTheEnd) {
  TextRecorder recorder(ReportOptions(), true);
  recorder.begin();
  recorder.take_err();
  Progress progress;
  progress.fraction = 0.5;
  recorder.report->item_progress("nas:/srv", progress);
  recorder.report->tick();
  EXPECT_EQ(recorder.take_err(), "\rsrv  syncing  [=======>--------]   50 %\x1b[K\n\x1b[J\x1b[1A");
  recorder.report->tick();
  EXPECT_EQ(recorder.take_err(), "") << "nothing changed";
  recorder.report->run_ended(TextRecorder::result(RunState::Succeeded));
  EXPECT_EQ(recorder.err, "\r\x1b[J");
  EXPECT_THAT(recorder.out, HasSubstr("srv: succeeded after 2 s\n"));
  recorder.take_err();
  recorder.report->tick();
  EXPECT_EQ(recorder.err, "") << "the run is over";
}

TEST(TextReport, FollowsAWindowThatIsResized) {
  TextRecorder recorder(ReportOptions(), true);
  recorder.begin();
  Progress progress;
  progress.fraction = 0.5;
  recorder.report->item_progress("nas:/srv", progress);
  recorder.size.columns = 20;
  recorder.take_err();
  recorder.report->tick();
  EXPECT_EQ(recorder.err, "\rsrv  syncing   50 %\x1b[K\n\x1b[J\x1b[1A");
}

TEST(TextReport, PutsLinesThatStayAboveTheBar) {
  TextRecorder recorder(ReportOptions(), true);
  recorder.begin();
  recorder.report->tick();
  recorder.take_err();
  EventSink::Stopping what;
  what.reason.cause = CancelCause::Signal;
  what.reason.signal = SIGINT;
  recorder.report->stopping(what);
  EXPECT_EQ(recorder.err,
            "\r\x1b[J^C: stopping 'srv'; again to kill\n"
            "\rsrv  syncing  0 s\x1b[K\n\x1b[J\x1b[1A");
}

TEST(TextReport, ShowsTheLogOnlyWhenAskedTo) {
  LogLine line;
  line.item = "nas:/srv";
  line.host = "nas";
  line.level = LogLevel::Warning;
  line.text = "disk \x1b[1m almost full";
  TextRecorder silent{ReportOptions()};
  silent.report->log_line(line);
  EXPECT_EQ(silent.err, "");
  ReportOptions options;
  options.verbose = true;
  TextRecorder verbose(options);
  verbose.report->log_line(line);
  EXPECT_EQ(verbose.err, "nas:/srv: nas: warning: disk \\x1b[1m almost full\n");
}

TEST(TextReport, IsSilentOnSuccessWhenQuiet) {
  ReportOptions options;
  options.quiet = true;
  TextRecorder recorder(options, true);
  recorder.begin();
  recorder.report->tick();
  RunResult result = TextRecorder::result(RunState::Succeeded);
  result.warnings = {"some files vanished"};
  recorder.report->run_ended(result);
  EXPECT_THAT(recorder.out + recorder.err, IsEmpty());
  EXPECT_EQ(recorder.report->interval(), std::nullopt);
}

TEST(TextReport, ShowsFailuresOnStderrWhenQuiet) {
  ReportOptions options;
  options.quiet = true;
  TextRecorder recorder(options, true);
  recorder.report->run_ended(TextRecorder::result(RunState::Failed));
  EXPECT_EQ(recorder.out, "");
  EXPECT_THAT(recorder.err, HasSubstr("srv: failed after 2 s"));
  EXPECT_THAT(recorder.err, HasSubstr("'srv' failed in validate\n  error      broken\n"));
}

TEST(TextReport, ShowsWarningsWhenQuietAndStrict) {
  ReportOptions options;
  options.quiet = true;
  options.strict = true;
  TextRecorder recorder(options);
  RunResult result = TextRecorder::result(RunState::Succeeded);
  result.warnings = {"some files vanished"};
  recorder.report->run_ended(result);
  EXPECT_THAT(recorder.err, HasSubstr("some files vanished"));
}

TEST(TextReport, PutsTheSummaryOnStdoutAndTheFailureOnStderr) {
  TextRecorder recorder{ReportOptions()};
  recorder.report->run_ended(TextRecorder::result(RunState::Failed));
  EXPECT_THAT(recorder.out, HasSubstr("srv: failed after 2 s"));
  EXPECT_EQ(recorder.err, "'srv' failed in validate\n  error      broken\n");
}

}  // namespace
}  // namespace orchestrator
