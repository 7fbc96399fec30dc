#pragma once

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/places.hpp"
#include "orchestrator/config/section.hpp"
#include "orchestrator/config/settings.hpp"
#include "orchestrator/config/table.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// One [jobs.NAME].
struct JobConfig {
  std::string name;
  std::string type;
  JobCommon common;
  ConfigTable table;  ///< all keys, the common ones too, with defaults filled in
};

/// A configuration that passed every check that needs nothing but the files.
struct Config {
  std::vector<std::filesystem::path> files;  ///< in the order of reading
  OrchestratorSettings orchestrator;
  std::map<std::string, HostSettings> hosts;
  std::vector<JobConfig> jobs;                ///< in the order of files and lines
  std::map<std::string, ConfigTable> tables;  ///< the top-level ones, written or not
  std::vector<ConfigError> warnings;

  /// Null when there is none.
  [[nodiscard]] const JobConfig* find_job(std::string_view name) const;
  /// \throws ConfigErrors that names the nearest job, and those that exist.
  [[nodiscard]] const JobConfig& job(std::string_view name) const;
};

/// The names of [hosts], for parse_location.
[[nodiscard]] std::set<std::string> host_names(const Config& config);

struct LoadOptions {
  std::optional<std::filesystem::path> config_file;  ///< of `--config`
  UserContext user = current_user();
};

/// Finds, reads and checks the configuration. Blocks for the reading of small local files.
/// \throws ConfigErrors with everything that is wrong in all files.
[[nodiscard]] Config load_config(const ConfigSections& sections, const LoadOptions& options);

/// What can be told of a configuration with mistakes: hosts and jobs that have none in their own tables.
struct PartlyLoaded {
  Config config;
  std::vector<ConfigError> errors;     ///< in the order of files and lines
  std::set<std::string> broken_hosts;  ///< of which nothing more is known than their names
};

/// The same with all that is wrong beside what is right, for those who have more to check. Never throws ConfigErrors but where
/// there are no files.
[[nodiscard]] PartlyLoaded load_config_partly(const ConfigSections& sections, const LoadOptions& options);

/// In the order of `files`, and of lines in each.
void sort_by_place(std::vector<ConfigError>& errors, const std::vector<std::filesystem::path>& files);

/// A file's name, for positions, and its content.
struct ConfigText {
  std::string file;
  std::string text;
};

/// The checks of load_config on texts that are in memory already.
[[nodiscard]] Config check_config(const ConfigSections& sections,
                                  const std::vector<ConfigText>& texts, const UserContext& user);

}  // namespace orchestrator
