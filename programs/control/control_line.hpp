#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "programs/command_line.hpp"

namespace orchestrator {

/// What `orchestratorctl` was asked to do.
enum class ControlAction { Run, Cancel, Status, List, Runs, Show, Logs, Wait, Last, Reconcile, Tasks, Timers, Check, Reload, Version, Help };

struct ControlLine {
  ControlAction action = ControlAction::Help;
  std::string help;  ///< of the subcommand, or of all

  bool user_bus = false;
  bool json = false;

  std::string name;  ///< of a job, run or host; empty where none was given
  bool waits = true;
  bool follow = false;
  bool dry_run = false;
  bool strict = false;
  bool quiet = false;
  bool kill = false;
  bool cron = false;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<unsigned> concurrency;
  std::optional<std::chrono::milliseconds> max_age;
  unsigned limit = 20;
  std::optional<std::filesystem::path> file;
};

/// Reads the arguments, without the program's name. \throws UsageError
[[nodiscard]] ControlLine parse_control_line(std::vector<std::string> arguments);

}  // namespace orchestrator
