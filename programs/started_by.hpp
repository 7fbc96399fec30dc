#pragma once

#include <optional>
#include <string>

namespace orchestrator {

/// What made this program start, for people: the name of systemd's timer, "cron", or nothing when somebody did.
[[nodiscard]] std::string trigger_of_this_program();

/// "uid 1000", "cron (uid 1000)"
[[nodiscard]] std::string started_by(const std::string& trigger, const std::string& who);

}  // namespace orchestrator
