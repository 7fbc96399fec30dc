#include "programs/terminal/bar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

const TimePoint kStart{};

Progress half_done() {
  Progress progress;
  progress.fraction = 0.5;
  progress.bytes = 59034828;
  progress.bytes_per_second = 1e6;
  progress.remaining = 200s;
  progress.current = "photos/2020/img.jpg";
  return progress;
}

RunView one_item() {
  RunView run;
  run.run_began("1234", "srv", {"nas:/srv/"}, kStart);
  run.state_changed(RunState::Syncing);
  run.item_began("nas:/srv/", Phase::Sync, kStart);
  return run;
}

TEST(Bar, ShowsOneItemWithTheFileBelow) {
  RunView run = one_item();
  run.item_progress("nas:/srv/", half_done());
  EXPECT_THAT(bar_lines(run, kStart + 3s, TerminalStyle(), TerminalSize{80, 24}),
              ElementsAre("srv  syncing  [=======>---------]   50 %  56.3 MiB   977 KiB/s  3 min 20 s left",
                          "  photos/2020/img.jpg"));
}

TEST(Bar, DrawsWithLinesWhereThereIsUtf8) {
  RunView run = one_item();
  Progress progress;
  progress.fraction = 0.25;
  run.item_progress("nas:/srv/", progress);
  TerminalStyle style;
  style.charset = Charset::Utf8;
  EXPECT_THAT(bar_lines(run, kStart, style, TerminalSize{31, 24}), ElementsAre("srv  syncing  ━━───────   25 %"));
}

TEST(Bar, ShowsTheTimeWhileNothingElseIsKnown) {
  EXPECT_THAT(bar_lines(one_item(), kStart + 2500ms, TerminalStyle(), TerminalSize{80, 24}),
              ElementsAre("srv  syncing  2 s"));
}

TEST(Bar, IsNeverAsWideAsTheWindow) {
  RunView run = one_item();
  Progress progress = half_done();
  progress.current = std::string(300, 'x');
  run.item_progress("nas:/srv/", progress);
  for (unsigned columns = 1; columns < 120; ++columns) {
    for (const std::string& line : bar_lines(run, kStart + 3s, TerminalStyle(), TerminalSize{columns, 24})) {
      EXPECT_LT(display_width(line), std::max(columns, 2U)) << line;
    }
  }
}

TEST(Bar, DoesNotLetAFileNameSteerTheTerminal) {
  RunView run = one_item();
  Progress progress;
  progress.current = "evil\x1b]0;title\x07\nname";
  run.item_progress("nas:/srv/", progress);
  EXPECT_THAT(bar_lines(run, kStart, TerminalStyle(), TerminalSize{80, 24}).back(),
              "  evil\\x1b]0;title\\x07\\nname");
}

RunView many_items(std::size_t number) {
  RunView run;
  std::vector<std::string> names;
  for (std::size_t at = 0; at < number; ++at) names.push_back("host" + std::to_string(at) + ":/srv");
  run.run_began("1234", "srv", names, kStart);
  run.state_changed(RunState::Syncing);
  for (const std::string& name : names) run.item_began(name, Phase::Sync, kStart);
  return run;
}

TEST(Bar, ShowsALinePerRunningItem) {
  RunView run = many_items(3);
  run.item_progress("host1:/srv", half_done());
  run.item_ended("host0:/srv", Phase::Sync, ItemEnd::Succeeded);
  run.item_ended("host2:/srv", Phase::Sync, ItemEnd::Failed);
  EXPECT_THAT(bar_lines(run, kStart + 12s, TerminalStyle(), TerminalSize{80, 24}),
              ElementsAre("srv  syncing  2 of 3 items done, 1 failed  12 s",
                          "  host1:/srv  [=======>---------]   50 %  56.3 MiB   977 KiB/s  3 min 20 s left"));
}

TEST(Bar, FitsIntoTheWindow) {
  const std::vector<std::string> lines =
      bar_lines(many_items(30), kStart, TerminalStyle(), TerminalSize{80, 10});
  EXPECT_THAT(lines, SizeIs(8));
  EXPECT_EQ(lines.back(), "  and 24 more");
}

TEST(ProgressLines, SayWhereTheRunIs) {
  RunView run = one_item();
  run.item_progress("nas:/srv/", half_done());
  EXPECT_THAT(progress_lines(run, kStart + 30s, Charset::Utf8),
              ElementsAre("srv: syncing, 50 %, 56.3 MiB, 977 KiB/s, 3 min 20 s left, 30 s so far"));
}

TEST(ProgressLines, NameTheRunningItemsWhenThereAreSeveral) {
  RunView run = many_items(2);
  run.item_progress("host1:/srv", half_done());
  run.item_ended("host0:/srv", Phase::Sync, ItemEnd::Succeeded);
  EXPECT_THAT(progress_lines(run, kStart + 30s, Charset::Utf8),
              ElementsAre("srv: syncing, 1 of 2 items done, 30 s so far",
                          "srv: host1:/srv: syncing, 50 %, 56.3 MiB, 977 KiB/s, 3 min 20 s left"));
}

}  // namespace
}  // namespace orchestrator
