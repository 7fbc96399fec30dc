#include "orchestrator/config/schedules.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "orchestrator/config/check.hpp"
#include "orchestrator/config/names.hpp"
#include "orchestrator/config/trusted_file.hpp"

namespace orchestrator {
namespace {

/// Reads schedules out of files that have mistakes, which are known already.
class ScheduleSearch {
 public:
  ScheduleSearch(const ConfigSections& sections, const UserContext& user)
      : key_(*std::ranges::find(sections.job.keys, "schedule", &ConfigKey::name)), context_{user, std::nullopt, ignored_} {}

  void look_into(const RawTable& file) {
    const RawMember* jobs = file.find("jobs");
    const auto* tables = jobs == nullptr ? nullptr : std::get_if<RawTable>(&jobs->value.value);
    if (tables == nullptr) return;
    for (const RawMember& job : tables->members) look_at(job);
  }

  std::vector<Schedule> take() { return std::move(found_); }

 private:
  void look_at(const RawMember& job) {
    const auto* table = std::get_if<RawTable>(&job.value.value);
    // Of two jobs with one name the first counts.
    if (table == nullptr || !is_valid_name(job.name) || !seen_.insert(job.name).second) return;
    const RawMember* written = table->find(key_.name);
    if (written == nullptr) return;
    const std::size_t mistakes_before = ignored_.size();
    const auto entry = check_member(*written, key_, "jobs." + job.name + "." + key_.name, context_);
    if (!entry || ignored_.size() != mistakes_before) return;
    Schedule schedule;
    schedule.job = job.name;
    if (const RawMember* description = table->find("description"))
      if (const auto* text = std::get_if<std::string>(&description->value.value)) schedule.description = *text;
    schedule.settings = schedule_settings(*std::get<std::shared_ptr<const ConfigTable>>(entry->value));
    found_.push_back(std::move(schedule));
  }

  const ConfigKey& key_;
  std::vector<ConfigError> ignored_;
  CheckContext context_;
  std::set<std::string> seen_;
  std::vector<Schedule> found_;
};

std::vector<Schedule> search_files(const ConfigSections& sections, const LoadOptions& options) {
  const Writers writers = options.user.system ? Writers::OwnerOrRoot : Writers::Anybody;
  ScheduleSearch search(sections, options.user);
  for (const std::filesystem::path& file : find_config_files(options.config_file, options.user)) {
    try {
      search.look_into(read_toml(read_config_file(file, writers, options.user.uid), file.string()));
    } catch (const ConfigErrors&) {
      continue;  // the other files have theirs
    }
  }
  return search.take();
}

}  // namespace

std::vector<Schedule> schedules_of(const Config& config) {
  std::vector<Schedule> schedules;
  for (const JobConfig& job : config.jobs)
    if (job.common.schedule) schedules.push_back({job.name, job.common.description, *job.common.schedule});
  return schedules;
}

FoundSchedules find_schedules(const ConfigSections& sections, const LoadOptions& options) {
  FoundSchedules found;
  try {
    found.schedules = schedules_of(load_config(sections, options));
    return found;
  } catch (const ConfigErrors& errors) {
    found.mistakes = errors.errors();
  }
  try {
    found.schedules = search_files(sections, options);
  } catch (const ConfigErrors&) {
    // Not even the files could be found, and that is said.
  }
  return found;
}

}  // namespace orchestrator
