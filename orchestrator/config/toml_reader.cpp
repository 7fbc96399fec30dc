#include "orchestrator/config/toml_reader.hpp"

#if __has_include(<toml++/toml.hpp>)
#include <toml++/toml.hpp>
#else
#include <toml++/toml.h>
#endif

#include <algorithm>
#include <tuple>
#include <utility>

namespace orchestrator {
namespace {

// toml++ builds a table per dotted part, and ends them by recursion.
constexpr unsigned kDeepestKey = 64;

class TreeReader {
 public:
  explicit TreeReader(const std::string& file) : file_(file) {}

  [[nodiscard]] RawTable table(const toml::table& from) const {
    RawTable result{position(from.source()), {}};
    for (const auto& [name, node] : from)
      result.members.push_back({std::string(name.str()), position(name.source()), value(node)});
    // toml++ sorts by name; people and messages want the order of the file.
    std::ranges::stable_sort(result.members, {}, [](const RawMember& member) {
      return std::tuple(member.where.line, member.where.column);
    });
    return result;
  }

 private:
  [[nodiscard]] SourcePosition position(const toml::source_region& region) const {
    return {file_, region.begin.line, region.begin.column};
  }

  [[nodiscard]] RawValue value(const toml::node& node) const {
    RawValue result{position(node.source()), RawTime{}};
    if (const auto* boolean = node.as_boolean()) result.value = boolean->get();
    if (const auto* integer = node.as_integer()) result.value = integer->get();
    if (const auto* number = node.as_floating_point()) result.value = number->get();
    if (const auto* string = node.as_string()) result.value = string->get();
    if (const auto* inner = node.as_table()) result.value = table(*inner);
    if (const auto* array = node.as_array()) {
      RawArray items;
      for (const toml::node& item : *array) items.push_back(value(item));
      result.value = std::move(items);
    }
    return result;
  }

  const std::string& file_;
};

[[noreturn]] void refuse_toml(SourcePosition where, std::string reason) {
  throw ConfigErrors(ConfigError{std::move(where), "", "this is not TOML: " + std::move(reason)});
}

void refuse_deep_keys(std::string_view text, const std::string& file) {
  unsigned line = 1, column = 0, parts = 0;
  char previous = '.';
  for (const char c : text) {
    ++column;
    if (c == '\n') {
      ++line;
      column = 0;
    }
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '"' || c == '\'';
    if (c == ' ' || c == '\t') continue;
    if (c == '.' && previous != '.')
      ++parts;
    else if (!word)
      parts = 0;
    if (parts > kDeepestKey)
      refuse_toml({file, line, column},
                  "a key of more than " + std::to_string(kDeepestKey) + " parts");
    previous = c;
  }
}

std::string without_prefix(std::string_view description) {
  constexpr std::string_view kPrefix = "Error while parsing ";
  if (description.starts_with(kPrefix)) description.remove_prefix(kPrefix.size());
  if (description.find("utf-8") != std::string_view::npos) return "the text is not UTF-8";
  std::string text(description);
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

struct Describe {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const {
    return "the integer " + std::to_string(value);
  }
  std::string operator()(double) const { return "a number with a fraction"; }
  std::string operator()(const std::string& value) const {
    constexpr std::size_t kShown = 60;
    return "the string '" + value.substr(0, kShown) + (value.size() > kShown ? "...'" : "'");
  }
  std::string operator()(RawTime) const { return "a date or time"; }
  std::string operator()(const RawArray& list) const {
    return list.empty() ? "an empty list" : "a list";
  }
  std::string operator()(const RawTable&) const { return "a table"; }
};

}  // namespace

const RawMember* RawTable::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(members, name, &RawMember::name);
  return found == members.end() ? nullptr : &*found;
}

RawTable read_toml(std::string_view text, const std::string& file) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    refuse_toml({file, 1, 1}, "the file is UTF-16, write it as UTF-8");
  refuse_deep_keys(text, file);
  try {
    return TreeReader(file).table(toml::parse(text, std::string_view(file)));
  } catch (const toml::parse_error& error) {
    const toml::source_position where = error.source().begin;
    refuse_toml({file, std::max(where.line, 1U), std::max(where.column, 1U)},
                without_prefix(error.description()));
  }
}

std::string describe(const RawValue& value) { return std::visit(Describe{}, value.value); }

}  // namespace orchestrator
