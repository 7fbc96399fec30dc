#pragma once
#include <sys/types.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/process/command.hpp"

namespace orchestrator {

/// What one job of type "command" is configured to do.
struct CommandSettings {
  std::string host;  ///< empty: this machine
  Program program;
  std::string directory;
  std::map<std::string, std::string> environment;  ///< with references, as written
  std::string stdin_file;                          ///< on this machine; may be empty
  std::vector<int> ok_exit_codes = {0};
  std::optional<mode_t> umask;
};

/// The keys of the type.
[[nodiscard]] ConfigSection command_section();

/// \throws ConfigErrors for what only shows when keys are seen together.
[[nodiscard]] CommandSettings command_settings(const JobConfig& job, const Config& config);

}  // namespace orchestrator
