#pragma once

#include <string>
#include <vector>

#include "orchestrator/run/run_view.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

/// The lines of the live display: one or two for a run with one item, else a heading and one per running item, as many as
/// the window has room for. None is as wide as the window, so that none wraps.
[[nodiscard]] std::vector<std::string> bar_lines(const RunView& run, TimePoint now, const TerminalStyle& style,
                                                 TerminalSize size);

/// "42 %, 1.20 GiB, 56.3 MiB/s, 3 min 20 s left"; empty when nothing is known.
[[nodiscard]] std::string progress_text(const Progress& progress);

/// What is written every now and then where there is no terminal: "srv: syncing, 42 %, ...", and a line per running item
/// when there are several.
[[nodiscard]] std::vector<std::string> progress_lines(const RunView& run, TimePoint now, Charset charset);

}  // namespace orchestrator
