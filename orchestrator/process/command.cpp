#include "orchestrator/process/command.hpp"

#include <algorithm>

namespace orchestrator {

namespace {

bool plain_for_shell(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("@%_-+=:,./").find(c) != std::string_view::npos;
}

}  // namespace

std::string quote_for_shell(const std::string& word) {
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain_for_shell)) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string describe(const Program& program) {
  if (const auto* script = std::get_if<ShellScript>(&program)) return script->text;
  if (const auto* raw = std::get_if<RawShellString>(&program)) return raw->text;
  std::string text;
  for (const std::string& word : std::get<ArgumentVector>(program).words) {
    if (!text.empty()) text += ' ';
    text += quote_for_shell(word);
  }
  return text;
}

}  // namespace orchestrator
