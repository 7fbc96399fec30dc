#include <limits>

#include "orchestrator/config/check.hpp"

namespace orchestrator {
namespace {

std::string amount(ValueType type, std::int64_t value) {
  if (type == ValueType::TimeSpan) return to_string(std::chrono::milliseconds(value));
  if (type == ValueType::Size) return to_string(ByteSize(static_cast<std::uint64_t>(value)));
  return std::to_string(value);
}

std::string range(const ConfigKey& key) {
  const bool low = key.minimum != std::numeric_limits<std::int64_t>::min();
  const bool high = key.maximum != std::numeric_limits<std::int64_t>::max();
  if (low && high)
    return " from " + amount(key.type, key.minimum) + " to " + amount(key.type, key.maximum);
  if (low) return " of at least " + amount(key.type, key.minimum);
  if (high) return " of at most " + amount(key.type, key.maximum);
  return {};
}

std::string one_of(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices)
    text += (text.empty() ? "'" : choice == choices.back() ? " or '" : ", '") + choice + "'";
  return text;
}

std::string base_expectation(const ConfigKey& key) {
  switch (key.type) {
    case ValueType::Boolean:
      return "true or false";
    case ValueType::Integer:
      return "an integer" + range(key);
    case ValueType::String:
      return "a string";
    case ValueType::Choice:
      return one_of(key.choices);
    case ValueType::Strings:
      return "a list of strings";
    case ValueType::OneOrMoreStrings:
      return "a string or a list of strings";
    case ValueType::Integers:
      return "a list of integers" + range(key);
    case ValueType::TimeSpan:
      return "a duration" + range(key) + " such as \"30s\"";
    case ValueType::Size:
      return "a size" + range(key) + " such as \"10GiB\"";
    case ValueType::Percentage:
      return "a percentage such as \"20%\"";
    case ValueType::Threshold:
      return "a threshold such as \"20%\" or \"10GiB\"";
    case ValueType::NamedStrings:
      return "a table of strings";
    case ValueType::Table:
      return "a table";
  }
  return {};
}

}  // namespace

std::string expectation(const ConfigKey& key) {
  std::string text = base_expectation(key);
  if (!key.table_too) return text;
  return text + " or a table such as { " + key.keys.front().name + " = ... }";
}

std::string item_expectation(const ConfigKey& key) {
  if (key.type == ValueType::Integer || key.type == ValueType::Integers)
    return "an integer" + range(key);
  return "a string";
}

}  // namespace orchestrator
