#pragma once

#include <string>
#include <vector>

#include "orchestrator/config/config.hpp"

namespace orchestrator {

/// A job that has a schedule.
struct Schedule {
  std::string job;
  std::string description;
  ScheduleSettings settings;
};

/// What a configuration says of schedules, and what is wrong with it.
struct FoundSchedules {
  std::vector<Schedule> schedules;    ///< in the order of files and lines
  std::vector<ConfigError> mistakes;  ///< of the whole configuration
};

/// The schedules of a configuration that passed its checks.
[[nodiscard]] std::vector<Schedule> schedules_of(const Config& config);

/// Finds every schedule that can be understood, whatever else is wrong: a mistake in one place must not stop what
/// is planned in others. A file that is no TOML, or that others could write, has none. Blocks like load_config.
[[nodiscard]] FoundSchedules find_schedules(const ConfigSections& sections, const LoadOptions& options);

}  // namespace orchestrator
