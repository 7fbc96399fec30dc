#include "orchestrator/config/value.hpp"

#include <algorithm>
#include <cstdio>

#include "orchestrator/config/table.hpp"

namespace orchestrator {
namespace {

template <class List, class Print>
std::string bracketed(const List& list, Print print) {
  std::string text = "[";
  for (const auto& item : list) {
    if (text.size() > 1) text += ", ";
    text += print(item);
  }
  return text + "]";
}

std::string braced(const std::vector<std::string>& members) {
  if (members.empty()) return "{}";
  std::string text = "{";
  for (const std::string& member : members) {
    text += text.size() > 1 ? ", " : " ";
    text += member;
  }
  return text + " }";
}

struct TomlPrinter {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(const std::string& value) const { return quote_toml(value); }
  std::string operator()(const StringList& list) const { return bracketed(list, quote_toml); }
  std::string operator()(const IntegerList& list) const {
    return bracketed(list, [](std::int64_t item) { return std::to_string(item); });
  }
  std::string operator()(const StringTable& table) const {
    std::vector<std::string> members;
    for (const auto& [name, value] : table)
      members.push_back(toml_key(name) + " = " + quote_toml(value));
    return braced(members);
  }
  std::string operator()(const std::shared_ptr<const ConfigTable>& table) const {
    std::vector<std::string> members;
    for (const ConfigEntry& entry : table->entries())
      members.push_back(toml_key(entry.key) + " = " + to_toml(entry.value));
    return braced(members);
  }
  template <class Quantity>
  std::string operator()(const Quantity& value) const {
    return quote_toml(to_string(value));
  }
};

bool is_bare_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

}  // namespace

std::string to_toml(const ConfigValue& value) { return std::visit(TomlPrinter{}, value); }

std::string quote_toml(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(c));
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toml_key(const std::string& name) {
  const bool bare = !name.empty() && std::ranges::all_of(name, is_bare_key_character);
  return bare ? name : quote_toml(name);
}

}  // namespace orchestrator
