#pragma once

#include "programs/control/control_line.hpp"

namespace orchestrator {

// Schedules, as systemd has them, and as cron would. Each gives the exit code.

/// Jobs, when they start next, and their calendars: from systemd. What the configuration has and systemd has not is shown too.
/// \throws BusLost, ManagerRefusal
[[nodiscard]] int show_timers(const ControlLine& line);

/// The schedules of the configuration that `orchestratord --once` would use, as lines of a crontab.
/// \throws ConfigErrors
[[nodiscard]] int print_crontab(const ControlLine& line);

/// After the daemon has read its configuration: lets systemd do the same, starts new timers and stops those whose schedule
/// is gone; or says the command to run. Nothing where no schedule is, and where there is no systemd.
[[nodiscard]] int reload_schedules(const ControlLine& line);

}  // namespace orchestrator
