#include "orchestrator/process/launch_spec.hpp"

#include "orchestrator/host.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kShell = "/bin/sh";

[[noreturn]] void refuse(const Command& command, const std::string& why) {
  const std::string words = describe(command.program).c_str();  // up to a NUL, where somebody smuggled one in
  throw StartError(StartFailure::NotPossible, "cannot start '" + words + "': " + why);
}

std::vector<std::string> words_of(const Command& command) {
  if (const auto* script = std::get_if<ShellScript>(&command.program)) return {std::string(kShell), "-c", script->text};
  if (std::holds_alternative<RawShellString>(command.program)) refuse(command, "raw text is for remote shells only");
  return std::get<ArgumentVector>(command.program).words;
}

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

void check(const Command& command, const LaunchSpec& spec) {
  if (spec.words.empty() || spec.words.front().empty()) refuse(command, "it has no program");
  for (const std::string& word : spec.words) {
    if (has_nul(word)) refuse(command, "a word of it has a NUL byte");
  }
  for (const auto& [name, value] : command.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      refuse(command, "its environment has a variable that cannot be, '" + name + "'");
    }
  }
}

}  // namespace

std::vector<std::string> candidates_for(const std::string& program, std::string_view path) {
  if (program.find('/') != std::string::npos) return {program};
  std::vector<std::string> candidates;
  for (;;) {
    const std::size_t end = path.find(':');
    const std::string entry(path.substr(0, end));
    candidates.push_back(entry.empty() ? program : entry + "/" + program);
    if (end == std::string_view::npos) return candidates;
    path.remove_prefix(end + 1);
  }
}

std::string search_path_of(const Command& command) {
  const auto found = command.environment.find("PATH");
  return std::string(found == command.environment.end() ? kDefaultPath : found->second);
}

LaunchSpec launch_spec_for(const Command& command) {
  LaunchSpec spec;
  spec.words = words_of(command);
  for (const auto& [name, value] : command.environment) spec.environment.push_back(name + "=" + value);
  spec.directory = command.directory;
  spec.umask = command.umask;
  check(command, spec);
  spec.candidates = candidates_for(spec.words.front(), search_path_of(command));
  return spec;
}

}  // namespace orchestrator
