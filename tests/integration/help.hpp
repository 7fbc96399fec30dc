#pragma once
#include <regex>
#include <set>
#include <string>

namespace orchestrator::test {

/// The long options that lines of `help` begin with; what the text mentions is not counted.
[[nodiscard]] inline std::set<std::string> options_in(const std::string& help) {
  static const std::regex kOptionLine("\n  (-[a-z],)?(--[a-z][a-z-]*)");
  std::set<std::string> found;
  for (std::sregex_iterator match(help.begin(), help.end(), kOptionLine), end; match != end; ++match) found.insert((*match)[2]);
  return found;
}

/// The commands that `help` lists.
[[nodiscard]] inline std::set<std::string> commands_in(const std::string& help) {
  static const std::regex kCommandLine("\n  ([a-z]+) {2,}[a-z]");
  std::set<std::string> found;
  for (std::sregex_iterator match(help.begin(), help.end(), kCommandLine), end; match != end; ++match) found.insert((*match)[1]);
  return found;
}

}  // namespace orchestrator::test
