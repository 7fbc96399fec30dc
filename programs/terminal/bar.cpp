#include "programs/terminal/bar.hpp"

#include <algorithm>
#include <cmath>

#include "orchestrator/tasks/format_duration.hpp"
#include "programs/terminal/numbers.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kWidestName = 30;
constexpr std::size_t kNarrowestBar = 8;
constexpr std::size_t kWidestBar = 40;
constexpr std::size_t kGap = 2;

struct LinePart {
  std::string text;
  bool is_bar = false;
};

std::string draw_bar(double fraction, std::size_t width, const TerminalStyle& style) {
  const double share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0;
  const auto full = static_cast<std::size_t>(std::floor(share * static_cast<double>(width) + 1e-9));
  std::string done;
  std::string open;
  if (style.charset == Charset::Utf8) {
    for (std::size_t at = 0; at < width; ++at) (at < full ? done : open) += at < full ? "━" : "─";
    return coloured(Colour::Green, done, style) + coloured(Colour::Dim, open, style);
  }
  done.assign(full, '=');
  if (full > 0 && full < width) done.back() = '>';
  open.assign(width - full, '-');
  return "[" + coloured(Colour::Green, done, style) + open + "]";
}

std::size_t bar_frame(const TerminalStyle& style) { return style.charset == Charset::Utf8 ? 0 : 2; }

// The numbers of an item, the least important last; each padded so that nothing dances.
std::vector<std::string> number_columns(const Progress& progress) {
  std::vector<std::string> columns;
  if (progress.fraction) columns.push_back(pad_left(format_fraction(*progress.fraction), 5));
  if (progress.bytes) columns.push_back(pad_left(format_bytes(*progress.bytes), 8));
  if (progress.bytes_per_second) columns.push_back(pad_left(format_rate(*progress.bytes_per_second), 10));
  if (progress.remaining) columns.push_back(format_duration(*progress.remaining) + " left");
  return columns;
}

std::string join_columns(const std::vector<std::string>& columns) {
  std::string line;
  for (const std::string& column : columns) {
    if (!line.empty()) line.append(kGap, ' ');
    line += column;
  }
  return line;
}

// `head`, a bar in the room that is left, then the numbers; what has no room goes, from the end.
std::string item_line(const std::string& head, const Progress& progress, std::size_t width,
                      const TerminalStyle& style) {
  std::vector<std::string> numbers = number_columns(progress);
  const std::size_t head_width = display_width(head);
  const auto rest = [&] {
    const std::string text = join_columns(numbers);
    return head_width + (text.empty() ? 0 : kGap + display_width(text));
  };
  while (!numbers.empty() && rest() > width) numbers.pop_back();

  std::string line = keep_start(head, width, style.charset);
  const std::size_t taken = rest() + kGap + bar_frame(style);
  if (progress.fraction && taken + kNarrowestBar <= width) {
    const std::size_t room = std::min(width - taken, kWidestBar);
    line.append(kGap, ' ') += draw_bar(*progress.fraction, room, style);
  }
  if (!numbers.empty()) line.append(kGap, ' ') += join_columns(numbers);
  return line;
}

std::string elapsed_text(const RunView& run, TimePoint now) {
  // Whole seconds: a display that shows tenths flickers.
  return format_duration(std::chrono::floor<std::chrono::seconds>(now - run.began()));
}

std::vector<std::string> single_item_lines(const RunView& run, TimePoint now, const TerminalStyle& style,
                                           std::size_t width) {
  const std::string job = keep_start(printable(run.job(), style.charset), kWidestName, style.charset);
  std::string head = job + "  " + std::string(activity(run.state()));
  if (run.items().empty()) return {keep_start(head, width, style.charset)};
  const ItemView& item = run.items().front();
  if (!item.progress.fraction) head += "  " + elapsed_text(run, now);
  std::vector<std::string> lines{item_line(head, item.progress, width, style)};
  if (item.running && !item.progress.current.empty() && width > kGap) {
    const std::string current = keep_end(printable(item.progress.current, style.charset), width - kGap, style.charset);
    lines.push_back(std::string(kGap, ' ') + coloured(Colour::Dim, current, style));
  }
  return lines;
}

std::string heading(const RunView& run, TimePoint now, const TerminalStyle& style) {
  std::string text = printable(run.job(), style.charset) + "  " + std::string(activity(run.state())) + "  " +
                     std::to_string(run.done()) + " of " + format_count(run.items().size(), "item", "items") + " done";
  const auto failed = std::count_if(run.items().begin(), run.items().end(),
                                    [](const ItemView& item) { return item.failed(); });
  if (failed > 0) text += ", " + std::to_string(failed) + " failed";
  return text + "  " + elapsed_text(run, now);
}

}  // namespace

std::vector<std::string> bar_lines(const RunView& run, TimePoint now, const TerminalStyle& style, TerminalSize size) {
  // One column stays free: a terminal that is written full to the edge may or may not wrap.
  const std::size_t width = size.columns > 1 ? size.columns - 1 : 1;
  const std::size_t rows = size.rows > 2 ? size.rows - 2 : 1;
  if (run.items().size() <= 1) {
    std::vector<std::string> lines = single_item_lines(run, now, style, width);
    for (const std::string& note : run.disk_notes()) {
      const std::string text = keep_start("  " + printable(note, style.charset), width, style.charset);
      lines.push_back(coloured(Colour::Yellow, text, style));
    }
    if (lines.size() > rows) lines.resize(rows);
    return lines;
  }

  std::vector<const ItemView*> running;
  std::size_t name_width = 0;
  for (const ItemView& item : run.items()) {
    if (!item.running) continue;
    running.push_back(&item);
    name_width = std::max(name_width, display_width(printable(item.name, style.charset)));
  }
  name_width = std::min(name_width, kWidestName);

  std::vector<std::string> lines{keep_start(heading(run, now, style), width, style.charset)};
  if (!run.disk_notes().empty()) {
    lines.front() = keep_start(lines.front() + "  " + printable(run.disk_notes().front(), style.charset), width, style.charset);
  }
  const bool all_fit = running.size() + 1 <= rows;
  const std::size_t shown = all_fit ? running.size() : (rows > 2 ? rows - 2 : 0);
  for (std::size_t at = 0; at < shown; ++at) {
    const ItemView& item = *running[at];
    const std::string name = keep_end(printable(item.name, style.charset), name_width, style.charset);
    lines.push_back(item_line("  " + pad_right(name, name_width), item.progress, width, style));
  }
  if (!all_fit && rows > 1) {
    lines.push_back(keep_start("  and " + std::to_string(running.size() - shown) + " more", width, style.charset));
  }
  return lines;
}

std::string progress_text(const Progress& progress) {
  std::vector<std::string> parts;
  if (progress.fraction) parts.push_back(format_fraction(*progress.fraction));
  if (progress.bytes) parts.push_back(format_bytes(*progress.bytes));
  if (progress.bytes_per_second) parts.push_back(format_rate(*progress.bytes_per_second));
  if (progress.remaining) parts.push_back(format_duration(*progress.remaining) + " left");
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::vector<std::string> progress_lines(const RunView& run, TimePoint now, Charset charset) {
  const std::string job = printable(run.job(), charset);
  std::string first = job + ": " + std::string(activity(run.state()));
  if (run.items().size() > 1) {
    first += ", " + std::to_string(run.done()) + " of " + std::to_string(run.items().size()) + " items done";
  } else if (!run.items().empty()) {
    const std::string text = progress_text(run.items().front().progress);
    if (!text.empty()) first += ", " + text;
  }
  std::vector<std::string> lines{first + ", " + elapsed_text(run, now) + " so far"};
  for (const std::string& note : run.disk_notes()) lines.push_back(job + ": " + printable(note, charset));
  if (run.items().size() <= 1) return lines;
  for (const ItemView& item : run.items()) {
    if (!item.running) continue;
    const std::string text = progress_text(item.progress);
    lines.push_back(job + ": " + printable(item.name, charset) + ": " + std::string(activity(item.phase)) +
                    (text.empty() ? "" : ", " + text));
  }
  return lines;
}

}  // namespace orchestrator
