#include "programs/inspect.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include <unistd.h>

#include "orchestrator/config/effective.hpp"
#include "orchestrator/config/example.hpp"
#include "orchestrator/process/account.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/numbers.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

ConfigSections all_sections(const std::vector<JobType>& types) {
  ConfigSections sections = core_sections();
  for (const JobType& type : types) sections.add_job_type(type.section);
  return sections;
}

void check_users(const Config& config) {
  std::vector<ConfigError> errors;
  std::map<std::string, std::optional<Error>> known;
  for (const JobConfig& job : config.jobs) {
    const std::string& user = job.common.run_as;
    if (user.empty()) continue;
    if (!known.contains(user)) known.emplace(user, why_not_run_as(user));
    if (const std::optional<Error>& refusal = known.at(user)) {
      errors.push_back(job.table.error("run_as", std::string(refusal->what()) + "; " + refusal->remedy()));
    }
  }
  if (!errors.empty()) throw ConfigErrors(std::move(errors));
}

namespace {

// Whether a key of the job is the host, or a place on it.
bool stands_on(const JobConfig& job, const std::set<std::string>& hosts) {
  const auto names = [&hosts](const std::string& text) { return hosts.contains(text.substr(0, text.find(':'))); };
  return std::ranges::any_of(job.table.entries(), [&names](const ConfigEntry& entry) {
    if (const auto* text = std::get_if<std::string>(&entry.value)) return names(*text);
    const auto* list = std::get_if<StringList>(&entry.value);
    return list != nullptr && std::ranges::any_of(*list, names);
  });
}

}  // namespace

Config load_checked(const std::vector<JobType>& types, const LoadOptions& options) {
  PartlyLoaded loaded = load_config_partly(all_sections(types), options);
  Config config = std::move(loaded.config);
  std::vector<ConfigError> errors = std::move(loaded.errors);
  for (const JobConfig& job : config.jobs) {
    if (stands_on(job, loaded.broken_hosts)) continue;
    try {
      [[maybe_unused]] const auto items = make_items(types, job, config);
    } catch (const ConfigErrors& found) {
      errors.insert(errors.end(), found.errors().begin(), found.errors().end());
    }
  }
  sort_by_place(errors, config.files);
  if (!errors.empty()) throw ConfigErrors(std::move(errors));
  return config;
}

Config load_warned(const std::vector<JobType>& types, const LoadOptions& options, bool quiet) {
  Config config = load_checked(types, options);
  if (quiet) return config;
  for (const ConfigError& warning : config.warnings) complain("warning: " + to_string(warning));
  return config;
}

std::vector<std::unique_ptr<Job>> make_items(const std::vector<JobType>& types, const JobConfig& job,
                                             const Config& config) {
  const auto type =
      std::find_if(types.begin(), types.end(), [&job](const JobType& known) { return known.name == job.type; });
  if (type == types.end()) throw std::logic_error("job type '" + job.type + "' passed the checks but is not known");
  return type->make(job, config);
}

std::string check_text(const Config& config) {
  std::string files;
  for (const std::filesystem::path& file : config.files) {
    files += (files.empty() ? "'" : ", '") + printable(file.string(), Charset::Utf8) + "'";
  }
  return format_count(config.jobs.size(), "job", "jobs") + " and " +
         format_count(config.hosts.size(), "host", "hosts") + " in " + files + ": no mistakes found\n";
}

std::string list_text(const Config& config) {
  const std::vector<JobListing> jobs = list_jobs(config);
  const Charset charset = terminal_style(STDOUT_FILENO).charset;
  std::size_t name_width = 0;
  std::size_t type_width = 0;
  for (const JobListing& job : jobs) {
    name_width = std::max(name_width, job.name.size());
    type_width = std::max(type_width, job.type.size());
  }
  std::string text;
  for (const JobListing& job : jobs) {
    std::string line = pad_right(job.name, name_width) + "  " + pad_right(job.type, type_width);
    if (!job.description.empty()) line += "  " + printable(job.description, charset);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string write_first_file(const std::vector<JobType>& types, const std::optional<std::filesystem::path>& file,
                             const UserContext& user) {
  const std::filesystem::path path = file ? *file : default_config_file(user);
  write_commented_example(all_sections(types), path);
  const std::string shown = printable(path.string(), Charset::Utf8);
  return "wrote '" + shown + "', all of it commented out\n" +
         "edit it, then try: orchestratord --check; orchestratord --once JOB --dry-run\n";
}

}  // namespace orchestrator
