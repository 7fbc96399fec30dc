#include "programs/control/table.hpp"

#include <algorithm>

#include <fmt/chrono.h>

namespace orchestrator {

std::string table_text(const std::vector<std::vector<std::string>>& rows, const TerminalStyle& style) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(printable(row[i], style.charset)));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += (i == 0 ? "" : "  ") + pad_right(printable(row[i], style.charset), widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += (&row == &rows.front() ? coloured(Colour::Bold, line, style) : line) + "\n";
  }
  return text;
}

std::string local_time(std::chrono::system_clock::time_point when) {
  if (when == std::chrono::system_clock::time_point()) return "";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(when)));
}

std::string utc_seconds(std::chrono::system_clock::time_point when) {
  if (when == std::chrono::system_clock::time_point()) return "";
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

}  // namespace orchestrator
