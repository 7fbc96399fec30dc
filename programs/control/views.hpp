#pragma once

#include "programs/control/control_line.hpp"
#include "systemd/bus_client.hpp"

namespace orchestrator {

// What `orchestratorctl` shows without changing anything, on stdout. Each gives the exit code.

int show_jobs(BusClient& client, const ControlLine& line);
int show_runs(BusClient& client, const ControlLine& line);
/// Of the daemon, or of one run.
int show_status(BusClient& client, const ControlLine& line);
/// Why did it end as it did: on one screen.
int show_run(BusClient& client, const ControlLine& line);
int show_log(BusClient& client, const ControlLine& line);
/// For monitoring: one line, and 0 good, 1 warning, 2 bad, 3 not known.
int show_last(BusClient& client, const ControlLine& line);

/// The line of `last`, from the newest run that has ended and the newest one that succeeded.
struct LastRuns {
  std::optional<RunRow> ended;
  std::optional<RunRow> succeeded;
};
struct Verdict {
  int code = 3;
  std::string text;
};
[[nodiscard]] Verdict verdict_on(const std::string& job, const LastRuns& runs,
                                 std::optional<std::chrono::milliseconds> max_age,
                                 std::chrono::system_clock::time_point now);

}  // namespace orchestrator
