#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/config/config.hpp"
#include "orchestrator/run/job_type.hpp"

namespace orchestrator {

// What `orchestratord` shows without running anything: the text for stdout. Each throws ConfigErrors with everything that
// is wrong.

/// All that the configuration may hold: the core's sections and those of the job types.
[[nodiscard]] ConfigSections all_sections(const std::vector<JobType>& types);

/// Loads the configuration, and makes every job once: some mistakes only show then.
[[nodiscard]] Config load_checked(const std::vector<JobType>& types, const LoadOptions& options);

/// Looks whether this program can run commands as the users that `run_as` names. Blocks. \throws ConfigErrors when not; the place
/// of each.
void check_users(const Config& config);

/// `load_checked`; shows on stderr what is worth a look, unless `quiet`.
[[nodiscard]] Config load_warned(const std::vector<JobType>& types, const LoadOptions& options, bool quiet = false);

/// The items of a job. \throws ConfigErrors
[[nodiscard]] std::vector<std::unique_ptr<Job>> make_items(const std::vector<JobType>& types, const JobConfig& job,
                                                           const Config& config);

/// "2 jobs and 1 host in '/etc/orchestratord/orchestrator.toml': no mistakes found"
[[nodiscard]] std::string check_text(const Config& config);

/// One line per job: name, type, description.
[[nodiscard]] std::string list_text(const Config& config);

/// Writes the commented first file where the search looks first (or to `file`). \return what to do next.
[[nodiscard]] std::string write_first_file(const std::vector<JobType>& types,
                                           const std::optional<std::filesystem::path>& file, const UserContext& user);

}  // namespace orchestrator
