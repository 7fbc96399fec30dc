#pragma once

#include <string>
#include <vector>

#include "orchestrator/config/calendar.hpp"
#include "orchestrator/config/schedules.hpp"

namespace orchestrator {

/// The five fields of a crontab line, in numbers: "30 2 * * 1-5".
/// \throws ParseError that says what cron cannot do.
[[nodiscard]] std::string cron_fields(const Calendar& calendar);

/// Schedules for cron: each is a line, or a comment that says why it is none.
struct Crontab {
  std::string text;
  std::vector<std::string> problems;  ///< one per schedule that is none
};
/// \param command how cron calls us, up to the job's name; for a shell.
[[nodiscard]] Crontab crontab_of(const std::vector<Schedule>& schedules, const std::string& command);

/// `words` as cron's shell reads them; "%" has a meaning for cron itself.
[[nodiscard]] std::string cron_command(const std::vector<std::string>& words);

}  // namespace orchestrator
