#include "orchestrator/config/section.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "orchestrator/config/example.hpp"

namespace orchestrator {

ConfigKey&& ConfigKey::required() && {
  is_required = true;
  return std::move(*this);
}

ConfigKey&& ConfigKey::defaults_to(ConfigValue value) && {
  default_value = std::move(value);
  return std::move(*this);
}

ConfigKey&& ConfigKey::between(std::int64_t low, std::int64_t high) && {
  minimum = low;
  maximum = high;
  return std::move(*this);
}

ConfigKey&& ConfigKey::between(std::chrono::milliseconds low, std::chrono::milliseconds high) && {
  return std::move(*this).between(low.count(), high.count());
}

ConfigKey&& ConfigKey::means(Meaning what) && {
  meaning = what;
  return std::move(*this);
}

ConfigKey&& ConfigKey::with_references(References rule) && {
  references = rule;
  return std::move(*this);
}

ConfigKey&& ConfigKey::secret() && {
  is_secret = true;
  references = References::Allowed;
  return std::move(*this);
}

ConfigKey&& ConfigKey::checked(ValueCheck rule) && {
  check = std::move(rule);
  return std::move(*this);
}

ConfigKey&& ConfigKey::or_table(std::vector<ConfigKey> table_keys) && {
  table_too = true;
  keys = std::move(table_keys);
  return std::move(*this);
}

ConfigKey&& ConfigKey::allowed_in_defaults() && {
  may_be_default = true;
  return std::move(*this);
}

ConfigKey&& ConfigKey::example(std::string toml) && {
  example_text = std::move(toml);
  return std::move(*this);
}

ConfigKey&& ConfigKey::not_yet() && { return std::move(*this).not_yet_unless({}); }

ConfigKey&& ConfigKey::not_yet_unless(std::vector<ConfigValue> values) && {
  supported = std::move(values);
  return std::move(*this);
}

namespace {

ConfigKey typed_key(ValueType type, std::string name, std::string help) {
  ConfigKey key;
  key.name = std::move(name);
  key.type = type;
  key.help = std::move(help);
  return key;
}

}  // namespace

ConfigKey boolean_key(std::string name, std::string help) {
  return typed_key(ValueType::Boolean, std::move(name), std::move(help));
}

ConfigKey integer_key(std::string name, std::string help) {
  return typed_key(ValueType::Integer, std::move(name), std::move(help));
}

ConfigKey string_key(std::string name, std::string help) {
  return typed_key(ValueType::String, std::move(name), std::move(help));
}

ConfigKey choice_key(std::string name, std::string help, std::vector<std::string> choices) {
  ConfigKey key = typed_key(ValueType::Choice, std::move(name), std::move(help));
  key.choices = std::move(choices);
  return key;
}

ConfigKey string_list_key(std::string name, std::string help) {
  return typed_key(ValueType::Strings, std::move(name), std::move(help));
}

ConfigKey string_or_list_key(std::string name, std::string help) {
  return typed_key(ValueType::OneOrMoreStrings, std::move(name), std::move(help));
}

ConfigKey integer_list_key(std::string name, std::string help) {
  return typed_key(ValueType::Integers, std::move(name), std::move(help));
}

ConfigKey duration_key(std::string name, std::string help) {
  ConfigKey key = typed_key(ValueType::TimeSpan, std::move(name), std::move(help));
  key.minimum = 1;
  return key;
}

ConfigKey size_key(std::string name, std::string help) {
  return typed_key(ValueType::Size, std::move(name), std::move(help));
}

ConfigKey percentage_key(std::string name, std::string help) {
  return typed_key(ValueType::Percentage, std::move(name), std::move(help));
}

ConfigKey threshold_key(std::string name, std::string help) {
  return typed_key(ValueType::Threshold, std::move(name), std::move(help));
}

ConfigKey string_table_key(std::string name, std::string help) {
  return typed_key(ValueType::NamedStrings, std::move(name), std::move(help));
}

ConfigKey table_key(std::string name, std::string help, std::vector<ConfigKey> keys) {
  ConfigKey key = typed_key(ValueType::Table, std::move(name), std::move(help));
  key.keys = std::move(keys);
  return key;
}

ConfigKey& ConfigSection::key(std::string_view key_name) {
  const auto found = std::ranges::find(keys, key_name, &ConfigKey::name);
  if (found == keys.end())
    throw std::logic_error("section '" + name + "' describes no key '" + std::string(key_name) +
                           "'");
  return *found;
}

const ConfigSection* ConfigSections::find_type(std::string_view name) const {
  const auto found = std::ranges::find(types, name, &ConfigSection::name);
  return found == types.end() ? nullptr : &*found;
}

void ConfigSections::add_job_type(ConfigSection type) {
  if (find_type(type.name) != nullptr)
    throw std::logic_error("job type '" + type.name + "' is registered twice");
  for (const ConfigKey& key : type.keys)
    if (std::ranges::find(job.keys, key.name, &ConfigKey::name) != job.keys.end())
      throw std::logic_error("job type '" + type.name + "' describes '" + key.name +
                             "', which all jobs have");
  require_valid_examples(type);
  job.key("type").choices.push_back(type.name);
  types.push_back(std::move(type));
}

void ConfigSections::add_table(ConfigSection table) {
  if (std::ranges::find(tables, table.name, &ConfigSection::name) != tables.end())
    throw std::logic_error("table '" + table.name + "' is registered twice");
  require_valid_examples(table);
  tables.push_back(std::move(table));
}

}  // namespace orchestrator
