#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/error.hpp"

namespace orchestrator {

/// What `orchestratord` was asked to do.
enum class Action { Daemon, Once, Check, List, PrintConfig, Init, Trust, Reconcile, Version, Help };

struct CommandLine {
  Action action = Action::Help;
  std::optional<std::filesystem::path> config;

  bool user_bus = false;  ///< of the daemon: the bus of the user's session
  std::optional<std::filesystem::path> log;  ///< of the daemon: a file for JSON lines

  std::string job;  ///< of `--once`
  std::optional<unsigned> concurrency;
  std::optional<std::chrono::milliseconds> timeout;
  bool dry_run = false;
  bool json = false;
  bool verbose = false;
  bool quiet = false;
  bool strict = false;

  bool connect = false;  ///< of `--check`

  std::string host;  ///< of `--trust`; of `--reconcile`, empty: all
  std::optional<std::string> fingerprint;
};

/// The command line makes no sense; one line.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// Reads the arguments, without the program's name. \throws UsageError
[[nodiscard]] CommandLine parse_command_line(std::vector<std::string> arguments);

/// The text of `--help`.
[[nodiscard]] std::string help_text();

}  // namespace orchestrator
