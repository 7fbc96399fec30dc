#include "ssh/sudo_rules.hpp"

#include <algorithm>
#include <string_view>

namespace orchestrator {

namespace {

// "kill -SIGNAL -- PID -GROUP …", but neither 1 nor -1. sudo knows such patterns since 1.9.10; wildcards would match
// blanks too, and so anything.
constexpr std::string_view kKillArguments = "^-[A-Z0-9]+ --( -?([2-9]|[1-9][0-9]+))+$";

// Brackets, because sudoers has its own ideas of backslashes.
constexpr std::string_view kGrepArguments =
    "^-aosHE ORCHESTRATOR_[(]COMMAND[|]CONNECTION[)]\\=[[]0-9a-f.[]][*]( /proc/([0-9]+|self)/environ)+$";

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string value_of(const std::vector<std::string>& words, std::string_view name, std::string value) {
  for (const std::string& word : words) {
    if (word.starts_with(name)) value = word.substr(name.size());
  }
  return value;
}

/// A name as sudoers wants it.
std::string escaped(const std::string& user) {
  std::string text;
  for (const char c : user) {
    if (std::string_view(" \\,:=!()@\"%#+").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

std::string problem_of(const std::vector<std::string>& words) {
  if (has(words, "no-sudo")) return "sudo is not installed there";
  std::vector<std::string> missing;
  if (has(words, "no-kill")) missing.emplace_back("'sudo -n kill' is refused or asks for a password");
  if (has(words, "no-grep")) missing.emplace_back("'sudo -n grep' is refused or asks for a password");
  if (has(words, "no-cookie")) missing.emplace_back("sudo does not let our cookies through");
  std::string text;
  for (const std::string& one : missing) text += (text.empty() ? "" : ", ") + one;
  return text;
}

}  // namespace

SudoFacts read_sudo_facts(const std::vector<std::string>& words, const std::string& user) {
  const std::string name = escaped(user);
  const std::string may = name + " ALL=(root) NOPASSWD: ";
  SudoFacts facts;
  facts.is_installed = !has(words, "no-sudo");
  facts.problem = problem_of(words);
  facts.rules = {
      "Defaults:" + name + " env_keep += \"ORCHESTRATOR_RUN ORCHESTRATOR_COMMAND ORCHESTRATOR_CONNECTION\"",
      may + value_of(words, "kill:", "/usr/bin/kill") + " " + std::string(kKillArguments),
      may + value_of(words, "grep:", "/usr/bin/grep") + " " + std::string(kGrepArguments),
  };
  return facts;
}

}  // namespace orchestrator
