#pragma once

#include <string>

#include "orchestrator/run/events.hpp"
#include "orchestrator/run/result.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

/// Lines of stderr that a failure shows.
inline constexpr std::size_t kShownErrorLines = 20;

/// What the first signal answers: "^C: stopping 'srv' (2 processes here, 1 on nas); again to kill".
[[nodiscard]] std::string stopping_text(const EventSink::Stopping& what, const std::string& job, Charset charset);

/// The run in one line, with what became of its processes: "srv: cancelled after 0.4 s; nothing left here or on nas".
[[nodiscard]] std::string ending_text(const RunResult& result, Charset charset);

/// What a run did, for every ending: per phase and item what came out, how long it took, bytes, reason; warnings, what is
/// left, the guarantee per host, where the log is. Lines with their ends.
[[nodiscard]] std::string summary_text(const RunResult& result, const TerminalStyle& style);

/// Why it failed, on one screen: phase, item, first error, command and host, exit code in words, the last lines of its
/// stderr, the remedy. All of them for problems that validation found. Empty when there is no error.
[[nodiscard]] std::string failure_text(const RunResult& result, const TerminalStyle& style);

}  // namespace orchestrator
