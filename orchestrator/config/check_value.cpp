#include <algorithm>
#include <utility>

#include "orchestrator/config/check.hpp"
#include "orchestrator/config/location.hpp"
#include "orchestrator/config/names.hpp"
#include "orchestrator/config/reference.hpp"

namespace orchestrator {
namespace {

const char* const kNotYet = "is not supported by this version";

// Looks for what somebody wrote in the belief that it would be resolved.
bool looks_like_reference(std::string_view text) {
  return std::ranges::any_of(
      std::vector<std::string_view>{"${env:", "${file:", "${credential:", "${command:"},
      [text](std::string_view start) { return text.find(start) != std::string_view::npos; });
}

/// Turns one TOML value into what one key describes.
class ValueCheckRun {
 public:
  ValueCheckRun(const ConfigKey& key, std::string path, CheckContext& context)
      : key_(key), path_(std::move(path)), context_(context) {}

  std::optional<ConfigValue> run(const RawValue& raw, std::vector<SourcePosition>& items) {
    const std::size_t errors_before = context_.errors.size();
    std::optional<ConfigValue> value = typed(raw, items);
    if (!value || context_.errors.size() != errors_before) return std::nullopt;
    if (key_.check) {
      if (const std::optional<std::string> reason = key_.check(*value)) {
        fail(raw.where, *reason);
        return std::nullopt;
      }
    }
    if (key_.supported && std::ranges::find(*key_.supported, *value) == key_.supported->end()) {
      fail(raw.where,
           (std::holds_alternative<std::shared_ptr<const ConfigTable>>(*value) ? "a table"
                                                                               : to_toml(*value)) +
               " " + kNotYet);
      return std::nullopt;
    }
    return value;
  }

  void fail(const SourcePosition& where, std::string message) {
    context_.errors.push_back({where, path_, std::move(message)});
  }

 private:
  std::nullopt_t unexpected(const RawValue& raw) { return refuse(raw, expectation(key_)); }

  std::nullopt_t refuse(const RawValue& raw, const std::string& wanted) {
    const bool hidden = key_.is_secret && std::holds_alternative<std::string>(raw.value);
    fail(raw.where, "expected " + wanted + ", got " + (hidden ? "a string" : describe(raw)));
    return std::nullopt;
  }

  std::optional<ConfigValue> typed(const RawValue& raw, std::vector<SourcePosition>& items) {
    if (const auto* table = std::get_if<RawTable>(&raw.value))
      if (key_.type == ValueType::Table || key_.table_too) return nested_table(*table);
    switch (key_.type) {
      case ValueType::Boolean:
        if (const auto* value = std::get_if<bool>(&raw.value)) return *value;
        return unexpected(raw);
      case ValueType::Integer:
        if (const auto value = integer(raw)) return *value;
        return std::nullopt;
      case ValueType::Integers:
        return integers(raw, items);
      case ValueType::String:
        if (auto value = string(raw)) return std::move(*value);
        return std::nullopt;
      case ValueType::Choice:
        return choice(raw);
      case ValueType::Strings:
        return strings(raw, items);
      case ValueType::OneOrMoreStrings:
        if (std::holds_alternative<std::string>(raw.value)) {
          items.push_back(raw.where);
          if (auto value = string(raw)) return StringList{std::move(*value)};
          return std::nullopt;
        }
        return strings(raw, items);
      case ValueType::TimeSpan:
        return quantity(raw, parse_duration);
      case ValueType::Size:
        return quantity(raw, parse_size);
      case ValueType::Percentage:
        return quantity(raw, parse_percentage);
      case ValueType::Threshold:
        return quantity(raw, parse_threshold);
      case ValueType::NamedStrings:
        return named_strings(raw, items);
      case ValueType::Table:
        break;
    }
    return unexpected(raw);
  }

  bool in_range(std::int64_t value) const { return value >= key_.minimum && value <= key_.maximum; }

  std::optional<std::int64_t> integer(const RawValue& raw) {
    const auto* value = std::get_if<std::int64_t>(&raw.value);
    if (value != nullptr && in_range(*value)) return *value;
    return refuse(raw, item_expectation(key_));
  }

  std::optional<ConfigValue> integers(const RawValue& raw, std::vector<SourcePosition>& items) {
    const auto* list = std::get_if<RawArray>(&raw.value);
    if (list == nullptr) return unexpected(raw);
    IntegerList result;
    for (const RawValue& item : *list) {
      items.push_back(item.where);
      if (const auto value = integer(item)) result.push_back(*value);
    }
    return result;
  }

  std::optional<ConfigValue> choice(const RawValue& raw) {
    const auto* text = std::get_if<std::string>(&raw.value);
    if (text == nullptr) return unexpected(raw);
    if (std::ranges::find(key_.choices, *text) != key_.choices.end()) return *text;
    fail(raw.where, "expected " + expectation(key_) + ", got " + describe(raw) +
                        did_you_mean(*text, key_.choices));
    return std::nullopt;
  }

  template <class Parse>
  std::optional<ConfigValue> quantity(const RawValue& raw, Parse parse) {
    const auto* text = std::get_if<std::string>(&raw.value);
    if (text == nullptr) return unexpected(raw);
    try {
      const auto value = parse(*text);
      if (!in_range(count(value))) return unexpected(raw);
      return value;
    } catch (const ParseError& error) {
      fail(raw.where, std::string("expected ") + expectation(key_) + ": " + error.what());
      return std::nullopt;
    }
  }

  static std::int64_t count(std::chrono::milliseconds value) { return value.count(); }
  static std::int64_t count(ByteSize value) { return static_cast<std::int64_t>(value.bytes); }
  static std::int64_t count(Percentage value) { return value.percent; }
  static std::int64_t count(const Threshold&) { return 0; }

  std::optional<ConfigValue> strings(const RawValue& raw, std::vector<SourcePosition>& items) {
    const auto* list = std::get_if<RawArray>(&raw.value);
    if (list == nullptr) return unexpected(raw);
    StringList result;
    for (const RawValue& item : *list) {
      items.push_back(item.where);
      if (auto value = string(item)) result.push_back(std::move(*value));
    }
    return result;
  }

  std::optional<ConfigValue> named_strings(const RawValue& raw,
                                           std::vector<SourcePosition>& items) {
    const auto* table = std::get_if<RawTable>(&raw.value);
    if (table == nullptr) return unexpected(raw);
    StringTable result;
    for (const RawMember& member : table->members) {
      items.push_back(member.value.where);
      ValueCheckRun inner(key_, path_ + "." + toml_key(member.name), context_);
      if (member.name.empty() || member.name.find('\0') != std::string::npos)
        inner.fail(member.where, "the name must not be empty or hold a NUL");
      if (auto value = inner.string(member.value)) result.emplace(member.name, std::move(*value));
    }
    return result;
  }

  std::optional<ConfigValue> nested_table(const RawTable& table) {
    ConfigSection section;
    section.keys = key_.keys;
    TableRules rules;
    rules.sections.push_back(&section);
    return std::make_shared<const ConfigTable>(check_table(table, path_, rules, context_));
  }

  std::optional<std::string> string(const RawValue& raw) {
    const auto* text = std::get_if<std::string>(&raw.value);
    if (text == nullptr) return refuse(raw, item_expectation(key_));
    if (text->find('\0') != std::string::npos) {
      fail(raw.where, "a string must not hold a NUL");
      return std::nullopt;
    }
    try {
      return meant(*text, holds_references(*text));
    } catch (const ParseError& error) {
      fail(raw.where, error.what());
      return std::nullopt;
    }
  }

  bool holds_references(const std::string& text) const {
    if (key_.references == References::Allowed) return parse_references(text).has_references();
    if (key_.references == References::Refused && looks_like_reference(text))
      throw ParseError("references such as ${env:NAME} are not possible in this key");
    return false;
  }

  // What a string with references means is known only when a run has resolved them.
  std::string meant(const std::string& text, bool unresolved) const {
    if (unresolved || key_.meaning == Meaning::Text) return text;
    if (text.empty()) throw ParseError("must not be empty");
    if (key_.meaning == Meaning::HostName) {
      if (context_.hosts && !context_.hosts->contains(text))
        throw ParseError(unknown_host_message(text, *context_.hosts));
      return text;
    }
    if (key_.meaning == Meaning::Location && context_.hosts)
      if (!parse_location(text, *context_.hosts).is_local()) return text;
    std::string path = expand_home(text, context_.user).string();
    if (key_.meaning == Meaning::Path && !path.starts_with('/'))
      throw ParseError("'" + text + "' must be an absolute path or begin with '~/'");
    if (path.starts_with('~'))
      throw ParseError("'" + text + "': only '~/' is expanded, write the path in full");
    if (key_.meaning == Meaning::Location && context_.hosts && !path.starts_with('/'))
      throw ParseError("'" + text +
                       "' is a relative path here, and you, cron and the daemon begin in different "
                       "directories; begin it with '/' or '~/'");
    return path;
  }

  const ConfigKey& key_;
  std::string path_;
  CheckContext& context_;
};

}  // namespace

std::optional<ConfigEntry> check_member(const RawMember& member, const ConfigKey& key,
                                        const std::string& path, CheckContext& context) {
  ValueCheckRun run(key, path, context);
  if (key.supported && key.supported->empty()) {
    run.fail(member.where, kNotYet);
    return std::nullopt;
  }
  ConfigEntry entry;
  std::optional<ConfigValue> value = run.run(member.value, entry.items);
  if (!value) return std::nullopt;
  entry.key = key.name;
  entry.value = std::move(*value);
  entry.where = member.value.where;
  entry.secret = key.is_secret;
  return entry;
}

}  // namespace orchestrator
