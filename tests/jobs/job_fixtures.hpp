#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/job_types.hpp"
#include "orchestrator/config/config.hpp"
#include "tests/support/config_fixtures.hpp"

namespace orchestrator::test {

/// The core sections and those of all job types.
[[nodiscard]] inline ConfigSections all_sections() {
  ConfigSections sections = core_sections();
  for (const JobType& type : job_types()) sections.add_job_type(type.section);
  return sections;
}

/// The items of the job 'a', whose keys are `keys`, TOML lines; hosts 'nas', 'other', 'vault', which takes
/// nothing but rsync, and 'rooted', where sudo may be used.
/// \throws ConfigErrors
[[nodiscard]] inline std::vector<std::unique_ptr<Job>> make_items(const std::string& keys) {
  const std::string text =
      "[hosts.nas]\naddress = \"nas\"\n[hosts.other]\naddress = \"other\"\n"
      "[hosts.vault]\naddress = \"vault\"\nforced_command = \"rrsync\"\n"
      "[hosts.rooted]\naddress = \"rooted\"\nsudo = true\n[jobs.a]\n" +
      keys + "\n";
  const Config config = check_config(all_sections(), {{"test.toml", text}}, plain_user());
  const JobConfig& job = config.job("a");
  for (const JobType& type : job_types()) {
    if (type.name == job.type) return type.make(job, config);
  }
  return {};
}

[[nodiscard]] inline std::unique_ptr<Job> make_item(const std::string& keys) {
  auto items = make_items(keys);
  return std::move(items.at(0));
}

/// What is wrong with such a job, without positions: "jobs.a.source: ...".
[[nodiscard]] inline std::vector<std::string> job_errors(const std::string& keys) {
  std::vector<std::string> errors = errors_of([&keys] { (void)make_items(keys); });
  for (std::string& error : errors) error.erase(0, error.find(": ") + 2);
  return errors;
}

}  // namespace orchestrator::test
