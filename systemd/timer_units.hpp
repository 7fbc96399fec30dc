#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/config/schedules.hpp"

namespace orchestrator {

/// The unit that fails, and says why, when the configuration has mistakes.
inline constexpr const char* kMistakesUnit = "orchestrator-config.service";
/// Units of jobs begin with it.
inline constexpr const char* kJobUnitPrefix = "orchestrator-job-";

/// `text` as a part of a unit's name, as systemd-escape has it: "a-b" is "a\x2db".
[[nodiscard]] std::string escape_for_unit(std::string_view text);
/// The job that a unit is of; "" when it is none of ours.
[[nodiscard]] std::string job_of_unit(std::string_view unit);
/// "orchestrator-job-srv.timer"; \param ending ".timer" or ".service".
[[nodiscard]] std::string unit_of_job(std::string_view job, std::string_view ending);

struct UnitFile {
  std::string name;
  std::string text;
  bool wanted = false;  ///< by timers.target
};

/// What a timer starts.
enum class TimerDoor {
  Daemon,   ///< `orchestratorctl run`: the system's daemon does it
  OneShot,  ///< `orchestratord --once`: a user needs no daemon for it
};

/// The timer and the service of a job.
/// \param program the absolute path of orchestratorctl, or of orchestratord.
[[nodiscard]] std::vector<UnitFile> units_of_schedule(const Schedule& schedule, TimerDoor door,
                                                      const std::filesystem::path& program);

/// A service that prints the mistakes and fails.
[[nodiscard]] UnitFile mistakes_unit(const std::vector<ConfigError>& mistakes);

}  // namespace orchestrator
