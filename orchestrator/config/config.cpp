#include "orchestrator/config/config.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "orchestrator/config/loader.hpp"
#include "orchestrator/config/names.hpp"
#include "orchestrator/config/trusted_file.hpp"

namespace orchestrator {

const JobConfig* Config::find_job(std::string_view name) const {
  const auto found = std::ranges::find(jobs, name, &JobConfig::name);
  return found == jobs.end() ? nullptr : &*found;
}

const JobConfig& Config::job(std::string_view name) const {
  if (const JobConfig* found = find_job(name)) return *found;
  std::vector<std::string> names;
  for (const JobConfig& job : jobs) names.push_back(job.name);
  std::string message = "there is no job '" + std::string(name) + "' in the configuration" +
                        did_you_mean(name, names);
  std::string known;
  for (const std::string& job : names) known += (known.empty() ? "" : ", ") + job;
  message += known.empty() ? "; it has no jobs at all" : "; its jobs are: " + known;
  const std::string file = files.empty() ? std::string() : files.front().string();
  throw ConfigErrors(ConfigError{{file}, "", std::move(message)});
}

std::set<std::string> host_names(const Config& config) {
  std::set<std::string> names;
  for (const auto& [name, host] : config.hosts) names.insert(name);
  return names;
}

PartlyLoaded load_config_partly(const ConfigSections& sections, const LoadOptions& options) {
  const Writers writers = options.user.system ? Writers::OwnerOrRoot : Writers::Anybody;
  ConfigLoader loader(sections, options.user);
  const auto files = find_config_files(options.config_file, options.user);
  for (const std::filesystem::path& file : files) {
    try {
      loader.add(file.string(), read_config_file(file, writers, options.user.uid));
    } catch (const ConfigErrors& errors) {
      loader.add_unreadable(file.string(), errors);
    }
  }
  PartlyLoaded loaded = loader.finish_partly();
  loaded.config.files = files;
  return loaded;
}

Config load_config(const ConfigSections& sections, const LoadOptions& options) {
  PartlyLoaded loaded = load_config_partly(sections, options);
  if (!loaded.errors.empty()) throw ConfigErrors(std::move(loaded.errors));
  return std::move(loaded.config);
}

void sort_by_place(std::vector<ConfigError>& errors, const std::vector<std::filesystem::path>& files) {
  std::ranges::stable_sort(errors, {}, [&files](const ConfigError& error) {
    return std::tuple(std::ranges::find(files, std::filesystem::path(error.where.file)) - files.begin(), error.where.line,
                      error.where.column);
  });
}

Config check_config(const ConfigSections& sections, const std::vector<ConfigText>& texts,
                    const UserContext& user) {
  ConfigLoader loader(sections, user);
  for (const ConfigText& text : texts) loader.add(text.file, text.text);
  Config config = loader.finish();
  for (const ConfigText& text : texts) config.files.emplace_back(text.file);
  return config;
}

}  // namespace orchestrator
