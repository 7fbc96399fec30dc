#include "programs/terminal/text_report.hpp"

#include "orchestrator/run/exit_code.hpp"
#include "programs/terminal/bar.hpp"
#include "programs/terminal/frame_painter.hpp"
#include "programs/terminal/summary.hpp"

namespace orchestrator {

namespace {

bool is_worth_a_line(RunState state) {
  return state == RunState::Validating || state == RunState::PreSync || state == RunState::Syncing ||
         state == RunState::PostSync;
}

std::string log_text(const LogLine& line, const TerminalStyle& style) {
  std::string text;
  if (!line.item.empty()) text += printable(line.item, style.charset) + ": ";
  if (!line.host.empty()) text += printable(line.host, style.charset) + ": ";
  if (line.level == LogLevel::Warning) text += coloured(Colour::Yellow, "warning: ", style);
  if (line.level == LogLevel::Error) text += coloured(Colour::Red, "error: ", style);
  return text + printable(line.text, style.charset);
}

}  // namespace

TextReport::TextReport(ReportOptions options, Terminal terminal, const Clock& clock, Emit emit)
    : options_(options), terminal_(std::move(terminal)), clock_(clock), emit_(std::move(emit)) {}

std::optional<Duration> TextReport::interval() const {
  if (options_.quiet) return std::nullopt;
  return shows_bar() ? kRedrawInterval : kLineInterval;
}

void TextReport::tick() {
  if (over_) return;
  if (shows_bar()) draw();
  if (!shows_lines()) return;
  for (const std::string& line : progress_lines(run_, clock_.now(), terminal_.progress.charset)) {
    emit_({Channel::Progress, OutputPriority::Progress, line + "\n"});
  }
}

void TextReport::run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) {
  run_.run_began(id, job, items, clock_.now());
  if (shows_bar()) draw();
}

void TextReport::state_changed(RunState state) {
  run_.state_changed(state);
  if (!shows_lines() || !is_worth_a_line(state)) return;
  const std::string job = printable(run_.job(), terminal_.progress.charset);
  say(job + ": " + std::string(activity(state)), OutputPriority::Ordinary);
}

void TextReport::item_began(const std::string& item, Phase phase) { run_.item_began(item, phase, clock_.now()); }

void TextReport::item_progress(const std::string& item, const Progress& progress) {
  run_.item_progress(item, progress);
}

void TextReport::item_ended(const std::string& item, Phase phase, ItemEnd end) {
  run_.item_ended(item, phase, end);
  const bool noteworthy = phase == Phase::Sync || end != ItemEnd::Succeeded;
  if (!shows_lines() || run_.items().size() < 2 || !noteworthy) return;
  const Charset charset = terminal_.progress.charset;
  say(printable(run_.job(), charset) + ": " + printable(item, charset) + ": " + std::string(to_string(phase)) + " " +
          std::string(to_string(end)),
      OutputPriority::Ordinary);
}

void TextReport::log_line(const LogLine& line) {
  if (!options_.verbose || line.level == LogLevel::Debug) return;
  say(log_text(line, terminal_.progress), OutputPriority::Ordinary);
}

void TextReport::stopping(const Stopping& what) {
  say(stopping_text(what, run_.job(), terminal_.progress.charset), OutputPriority::Essential);
}

void TextReport::run_ended(const RunResult& result) {
  if (shows_bar()) emit_({Channel::Progress, OutputPriority::Essential, erase_frame()});
  over_ = true;
  if (!options_.quiet) {
    emit_({Channel::Result, OutputPriority::Essential, summary_text(result, terminal_.result)});
  } else if (exit_code(result, options_.strict) != 0) {
    emit_({Channel::Progress, OutputPriority::Essential, summary_text(result, terminal_.progress)});
  }
  const std::string failure = failure_text(result, terminal_.progress);
  if (!failure.empty()) emit_({Channel::Progress, OutputPriority::Essential, failure});
}

void TextReport::draw() {
  std::vector<std::string> lines = bar_lines(run_, clock_.now(), terminal_.progress, terminal_.size());
  if (lines == drawn_) return;
  emit_({Channel::Progress, OutputPriority::Progress, paint_frame(lines), "bar"});
  drawn_ = std::move(lines);
}

// A line that stays, above the bar.
void TextReport::say(const std::string& line, OutputPriority priority) {
  const bool bar = shows_bar() && !over_;
  emit_({Channel::Progress, priority, (bar ? erase_frame() : "") + line + "\n"});
  if (!bar) return;
  drawn_.clear();
  draw();
}

}  // namespace orchestrator
