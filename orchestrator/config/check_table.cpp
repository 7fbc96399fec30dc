#include <algorithm>
#include <utility>

#include "orchestrator/config/check.hpp"
#include "orchestrator/config/names.hpp"

namespace orchestrator {
namespace {

/// Checks one table against the descriptions that apply to it.
class TableCheckRun {
 public:
  TableCheckRun(const RawTable& raw, const std::string& path, const TableRules& rules,
                CheckContext& context)
      : raw_(raw), path_(path), rules_(rules), context_(context), table_(path, raw.where) {}

  ConfigTable run() {
    const std::size_t errors_before = context_.errors.size();
    for (const RawMember& member : raw_.members)
      if (!is_known(member.name) && !is_ignored(member.name)) report_unknown(member);
    for (const ConfigSection* section : rules_.sections)
      for (const ConfigKey& key : section->keys) take(key);
    for (const ConfigSection* section : rules_.sections)
      for (const auto& names : section->exactly_one_of) check_alternatives(names);
    for (const ConfigSection* section : rules_.sections)
      if (section->check && context_.errors.size() == errors_before)
        section->check(table_, context_.errors);
    return std::move(table_);
  }

 private:
  std::string path_of(std::string_view name) const {
    const std::string shown = toml_key(std::string(name));
    return path_.empty() ? shown : path_ + "." + shown;
  }

  bool is_known(std::string_view name) const {
    return std::ranges::any_of(rules_.sections, [name](const ConfigSection* section) {
      return std::ranges::find(section->keys, name, &ConfigKey::name) != section->keys.end();
    });
  }

  bool is_ignored(const std::string& name) const {
    return std::ranges::find(rules_.ignored, name) != rules_.ignored.end();
  }

  void report_unknown(const RawMember& member) {
    std::vector<std::string> known;
    for (const ConfigSection* section : rules_.sections)
      for (const ConfigKey& key : section->keys) known.push_back(key.name);
    std::string message = "unknown key" + did_you_mean(member.name, known);
    const bool is_table = std::holds_alternative<RawTable>(member.value.value);
    for (const ConfigSection& type : rules_.other_types)
      if (std::ranges::find(type.keys, member.name, &ConfigKey::name) != type.keys.end())
        message = "unknown key, it is one of jobs of type '" + type.name + "'";
    if (is_table && message == "unknown key" && std::ranges::count(path_, '.') == 1)
      message += "; if the name has a dot, quote it: [" + path_.substr(0, path_.find('.')) + ".\"" +
                 path_.substr(path_.find('.') + 1) + "." + member.name + "\"]";
    context_.errors.push_back({member.where, path_of(member.name), std::move(message)});
  }

  void take(const ConfigKey& key) {
    if (const RawMember* member = raw_.find(key.name)) {
      if (auto entry = check_member(*member, key, path_of(key.name), context_))
        table_.add(std::move(*entry));
    } else if (const ConfigEntry* entry = inherited(key)) {
      ConfigEntry copy = *entry;
      copy.origin = ValueOrigin::DefaultsTable;
      table_.add(std::move(copy));
    } else if (const auto fallback =
                   std::ranges::find(rules_.fallbacks, key.name, &ConfigEntry::key);
               fallback != rules_.fallbacks.end()) {
      table_.add(*fallback);
    } else if (key.default_value) {
      add_built_in(key, *key.default_value);
    } else if (key.is_required) {
      context_.errors.push_back({raw_.where, path_of(key.name),
                                 "is missing: " + key.help + "; write for example " + key.name +
                                     " = " + key.example_text});
    } else if (fills_itself(key)) {
      add_built_in(key, default_table(key));
    }
  }

  const ConfigEntry* inherited(const ConfigKey& key) const {
    if (rules_.defaults == nullptr || !key.may_be_default) return nullptr;
    return rules_.defaults->entry(key.name);
  }

  void add_built_in(const ConfigKey& key, ConfigValue value) {
    ConfigEntry entry;
    entry.key = key.name;
    entry.value = std::move(value);
    entry.origin = ValueOrigin::BuiltIn;
    entry.where = raw_.where;
    entry.secret = key.is_secret;
    table_.add(std::move(entry));
  }

  static bool fills_itself(const ConfigKey& key) {
    return key.type == ValueType::Table && !key.supported && !key.keys.empty() &&
           std::ranges::all_of(
               key.keys, [](const ConfigKey& inner) { return inner.default_value.has_value(); });
  }

  ConfigValue default_table(const ConfigKey& key) {
    ConfigSection section;
    section.keys = key.keys;
    TableRules rules;
    rules.sections.push_back(&section);
    const RawTable nothing{raw_.where, {}};
    return std::make_shared<const ConfigTable>(
        check_table(nothing, path_of(key.name), rules, context_));
  }

  void check_alternatives(const std::vector<std::string>& names) {
    const RawMember* first = nullptr;
    std::string all;
    for (const std::string& name : names) {
      all += (all.empty() ? "'" : " or '") + name + "'";
      const RawMember* member = raw_.find(name);
      if (member == nullptr) continue;
      if (first != nullptr)
        context_.errors.push_back({member->where, path_of(name),
                                   "cannot stand beside '" + first->name + "' (line " +
                                       std::to_string(first->where.line) + "), one is enough"});
      first = member;
    }
    if (first == nullptr) context_.errors.push_back({raw_.where, path_, "is missing: " + all});
  }

  const RawTable& raw_;
  const std::string& path_;
  const TableRules& rules_;
  CheckContext& context_;
  ConfigTable table_;
};

}  // namespace

ConfigTable check_table(const RawTable& raw, const std::string& path, const TableRules& rules,
                        CheckContext& context) {
  return TableCheckRun(raw, path, rules, context).run();
}

}  // namespace orchestrator
