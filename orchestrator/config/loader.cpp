#include "orchestrator/config/loader.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "orchestrator/config/names.hpp"

namespace orchestrator {
namespace {

constexpr std::int64_t kManyItems = 100;

const RawTable* as_table(const RawMember& member) {
  return std::get_if<RawTable>(&member.value.value);
}

// What may stand in [defaults]: some keys of jobs, none of them required there.
ConfigSection defaults_section(const ConfigSection& job) {
  ConfigSection section;
  section.name = "defaults";
  for (const ConfigKey& key : job.keys) {
    if (!key.may_be_default) continue;
    section.keys.push_back(key);
    section.keys.back().default_value.reset();
  }
  return section;
}

ConfigEntry built_in(std::string key, std::string text, const SourcePosition& where) {
  ConfigEntry entry;
  entry.key = std::move(key);
  entry.value = std::move(text);
  entry.origin = ValueOrigin::BuiltIn;
  entry.where = where;
  return entry;
}

}  // namespace

ConfigLoader::ConfigLoader(const ConfigSections& sections, const UserContext& user)
    : sections_(sections), user_(user), context_{user, std::nullopt, errors_} {}

void ConfigLoader::add(const std::string& file, std::string_view text) {
  try {
    RawTable table = read_toml(text, file);
    files_.push_back(file);
    raw_.push_back(std::move(table));
  } catch (const ConfigErrors& errors) {
    add_unreadable(file, errors);
  }
}

void ConfigLoader::add_unreadable(const std::string& file, const ConfigErrors& errors) {
  files_.push_back(file);
  all_readable_ = false;
  errors_.insert(errors_.end(), errors.errors().begin(), errors.errors().end());
}

Config ConfigLoader::finish() {
  PartlyLoaded loaded = finish_partly();
  if (!loaded.errors.empty()) throw ConfigErrors(std::move(loaded.errors));
  return std::move(loaded.config);
}

PartlyLoaded ConfigLoader::finish_partly() {
  for (const RawTable& file : raw_) sort_into_groups(file);
  if (all_readable_) {
    context_.hosts.emplace();
    for (const auto& [name, member] : hosts_) context_.hosts->insert(name);
  }
  PartlyLoaded loaded;
  Config& config = loaded.config;
  const std::size_t before = errors_.size();
  check_tables(config);
  check_defaults();
  common_is_good_ = all_readable_ && errors_.size() == before;
  check_hosts(loaded);
  check_jobs(config);
  if (errors_.empty() && config.jobs.empty())
    config.warnings.push_back({{files_.empty() ? "" : files_.front()}, "", "there are no jobs"});
  sort_by_place(errors_, {files_.begin(), files_.end()});
  loaded.errors = std::move(errors_);
  return loaded;
}

void ConfigLoader::report(const SourcePosition& where, const std::string& key,
                          std::string message) {
  errors_.push_back({where, key, std::move(message)});
}

void ConfigLoader::sort_into_groups(const RawTable& file) {
  std::vector<std::string> known{"defaults", "hosts", "jobs"};
  for (const ConfigSection& section : sections_.tables) known.push_back(section.name);
  for (const RawMember& member : file.members) {
    const bool is_known = std::ranges::find(known, member.name) != known.end();
    const bool is_table = as_table(member) != nullptr;
    if (!is_known)
      report(member.where, toml_key(member.name),
             is_table ? "unknown table" + did_you_mean(member.name, known)
                      : "stands outside of any table" + table_of(member.name));
    else if (!is_table)
      report(member.value.where, member.name, "expected a table, got " + describe(member.value));
    else if (member.name == "hosts")
      sort_named(member, hosts_);
    else if (member.name == "jobs")
      sort_named(member, jobs_);
    else
      insert(member, member.name, member.name, tables_);
  }
}

// For a key without a table: the one that it was probably meant for.
std::string ConfigLoader::table_of(const std::string& key) const {
  for (const ConfigSection& section : sections_.tables) {
    std::vector<std::string> names;
    for (const ConfigKey& known : section.keys) names.push_back(known.name);
    if (const auto nearest = nearest_name(key, names))
      return ", did you mean '" + *nearest + "' in [" + section.name + "]?";
  }
  return {};
}

void ConfigLoader::sort_named(const RawMember& parent, Group& group) {
  for (const RawMember& member : as_table(parent)->members) {
    const std::string path = parent.name + "." + toml_key(member.name);
    if (as_table(member) == nullptr) {
      report(member.where, path,
             "expected a table [" + parent.name + ".NAME], got " + describe(member.value));
      continue;
    }
    if (!is_valid_name(member.name))
      report(
          member.where, path,
          "not a valid name: 1 to 64 of a-z, 0-9, '_', '.' and '-', the first a letter or digit");
    insert(member, member.name, path, group);
  }
}

void ConfigLoader::insert(const RawMember& member, const std::string& name, const std::string& path,
                          Group& group) {
  const auto [there, is_new] = group.try_emplace(name, &member);
  if (!is_new)
    report(
        member.where, path,
        "the table is also in " + to_string(there->second->where) + "; one file must hold it all");
}

void ConfigLoader::check_tables(Config& config) {
  for (const ConfigSection& section : sections_.tables) {
    const auto found = tables_.find(section.name);
    if (section.is_not_yet) {
      if (found != tables_.end())
        report(found->second->where, section.name, "is not supported by this version");
      continue;
    }
    RawTable nothing;
    if (!files_.empty()) nothing.where.file = files_.front();
    const RawTable& raw = found == tables_.end() ? nothing : *as_table(*found->second);
    TableRules rules;
    rules.sections.push_back(&section);
    ConfigTable table = check_table(raw, section.name, rules, context_);
    warn_about(table, config);
    if (section.name == "orchestrator" && errors_.empty())
      config.orchestrator = orchestrator_settings(table);
    config.tables.emplace(section.name, std::move(table));
  }
}

void ConfigLoader::check_defaults() {
  const auto found = tables_.find("defaults");
  if (found == tables_.end()) return;
  const ConfigSection section = defaults_section(sections_.job);
  TableRules rules;
  rules.sections.push_back(&section);
  for (const ConfigKey& key : sections_.job.keys) {
    const RawMember* member = as_table(*found->second)->find(key.name);
    if (member == nullptr || key.may_be_default) continue;
    rules.ignored.push_back(key.name);
    report(member->where, "defaults." + key.name, "each job has its own, there is no default");
  }
  defaults_ = check_table(*as_table(*found->second), "defaults", rules, context_);
}

void ConfigLoader::check_hosts(PartlyLoaded& loaded) {
  for (const auto& [name, member] : hosts_) {
    TableRules rules;
    rules.sections.push_back(&sections_.host);
    const RawTable& raw = *as_table(*member);
    rules.fallbacks.push_back(built_in("user", user_.name, raw.where));
    rules.fallbacks.push_back(
        built_in("known_hosts", default_known_hosts(user_).string(), raw.where));
    const std::size_t before = errors_.size();
    ConfigTable table = check_table(raw, "hosts." + toml_key(name), rules, context_);
    if (errors_.size() == before) {
      loaded.config.hosts.emplace(name, host_settings(name, table));
    } else {
      loaded.broken_hosts.insert(name);
    }
  }
}

void ConfigLoader::check_jobs(Config& config) {
  std::vector<const RawMember*> in_order;
  for (const auto& [name, member] : jobs_) in_order.push_back(member);
  std::ranges::sort(in_order, {}, [this](const RawMember* member) {
    return std::tuple(order_of(member->where.file), member->where.line, member->where.column);
  });
  for (const RawMember* member : in_order) check_job(*member, config);
}

void ConfigLoader::check_job(const RawMember& member, Config& config) {
  const RawTable& raw = *as_table(member);
  TableRules rules;
  rules.sections.push_back(&sections_.job);
  rules.defaults = &defaults_;
  if (const ConfigEntry* items = config.tables.at("orchestrator").entry("concurrency")) {
    rules.fallbacks.push_back(*items);
    ValueOrigin& origin = rules.fallbacks.back().origin;
    if (origin == ValueOrigin::Written) origin = ValueOrigin::OrchestratorTable;
  }
  const ConfigSection* type = nullptr;
  if (const RawMember* written = raw.find("type"))
    if (const auto* name = std::get_if<std::string>(&written->value.value))
      type = sections_.find_type(*name);
  if (type != nullptr) {
    rules.sections.push_back(type);
    rules.other_types = sections_.types;
  } else {
    // Which keys belong here is not known: blame only those that no type has.
    for (const ConfigSection& any : sections_.types)
      for (const ConfigKey& key : any.keys) rules.ignored.push_back(key.name);
  }
  const std::size_t before = errors_.size();
  ConfigTable table = check_table(raw, "jobs." + toml_key(member.name), rules, context_);
  warn_about(table, config);
  if (!common_is_good_ || errors_.size() != before) return;
  JobConfig job;
  job.name = member.name;
  job.type = type->name;
  job.common = job_common(table);
  job.common.disk = disk_settings(config.tables.at("disk"), table.find<ConfigTable>("disk"));
  job.table = std::move(table);
  config.jobs.push_back(std::move(job));
}

void ConfigLoader::warn_about(const ConfigTable& table, Config& config) const {
  const ConfigEntry* entry = table.entry("concurrency");
  if (entry == nullptr || entry->origin != ValueOrigin::Written) return;
  const auto* items = std::get_if<std::int64_t>(&entry->value);
  if (items != nullptr && *items > kManyItems)
    config.warnings.push_back(table.error(
        "concurrency", std::to_string(*items) + " items at once are more than most machines bear"));
}

std::size_t ConfigLoader::order_of(const std::string& file) const {
  return static_cast<std::size_t>(std::ranges::find(files_, file) - files_.begin());
}

}  // namespace orchestrator
