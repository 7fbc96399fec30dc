#pragma once
#include <map>
#include <string>

#include "orchestrator/host.hpp"

namespace orchestrator {

/// The environment of a job's command on `host`: on this machine what a login gives (PATH, HOME,
/// the user's names, language, time zone, temporary directory), taken from our own; elsewhere the
/// login there gives it.
[[nodiscard]] std::map<std::string, std::string> base_environment(const Host& host);

}  // namespace orchestrator
