#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

/// Rows of cells, aligned in columns, the first row as a head. Text from elsewhere is made printable.
[[nodiscard]] std::string table_text(const std::vector<std::vector<std::string>>& rows, const TerminalStyle& style);

/// "2026-11-21 02:30:00", in local time; empty for the epoch.
[[nodiscard]] std::string local_time(std::chrono::system_clock::time_point when);

/// "2026-11-21T02:30:00Z"; empty for the epoch.
[[nodiscard]] std::string utc_seconds(std::chrono::system_clock::time_point when);

}  // namespace orchestrator
