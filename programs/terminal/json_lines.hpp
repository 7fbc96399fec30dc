#pragma once

#include <string>

#include "orchestrator/run/events.hpp"
#include "orchestrator/run/reconcile.hpp"
#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// The version of what follows; a field that changes its meaning or goes away raises it, a new one does not.
inline constexpr int kJsonSchema = 1;

// One object per line, each with "schema" and "type"; every line ends with "\n". Text that is no UTF-8 has U+FFFD in place
// of what is not. Durations are seconds, times are RFC 3339 in UTC.

[[nodiscard]] std::string began_line(const std::string& id, const std::string& job,
                                     const std::vector<std::string>& items);
[[nodiscard]] std::string state_line(RunState state);
[[nodiscard]] std::string item_began_line(const std::string& item, Phase phase);
[[nodiscard]] std::string progress_line(const std::string& item, Phase phase, const Progress& progress);
[[nodiscard]] std::string disk_line(const DiskSeen& disk);
[[nodiscard]] std::string item_ended_line(const std::string& item, Phase phase, ItemEnd end);
[[nodiscard]] std::string log_json_line(const LogLine& line);
[[nodiscard]] std::string stopping_line(const EventSink::Stopping& what);
/// The last one: all that the summary has.
[[nodiscard]] std::string result_line(const RunResult& result, int exit_code);
/// Of `--reconcile`: runs that were interrupted, commands and leftovers per host.
[[nodiscard]] std::string reconciled_line(const Reconciled& outcome, int exit_code);

}  // namespace orchestrator
