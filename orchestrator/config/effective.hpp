#pragma once

#include "orchestrator/config/config.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace orchestrator {

/// The effective configuration as TOML, defaults included and marked: `--print-config`.
/// References are shown as written; text of secret keys that is no reference is shown as "***".
[[nodiscard]] std::string print_effective(const Config& config);

/// A line of `--list`.
struct JobListing {
  std::string name;
  std::string type;
  std::string description;

  friend bool operator==(const JobListing&, const JobListing&) = default;
};

/// In the order of the configuration.
[[nodiscard]] std::vector<JobListing> list_jobs(const Config& config);

}  // namespace orchestrator
