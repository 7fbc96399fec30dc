#include "ssh/remote_script.hpp"

#include <cstdio>
#include <sstream>

#include "orchestrator/config/names.hpp"
#include "orchestrator/host.hpp"

namespace orchestrator {

namespace {

// Inside the single quotes stands nothing that any login shell would touch there: no quote of that kind, no backslash
// (fish), no exclamation mark and no line break (csh). A line break is the third of what IFS has when a shell starts: to
// print one would take a process.
constexpr std::string_view kLoader =
    "n=${IFS#??}; t=-; g=-; "
    "{ read -r s < /proc/$$/stat; } 2>/dev/null && { set -- $s; g=$5; t=${22}; }; "
    "echo \"$0 $$ $t $g\" >&2; echo \"$0\"; "
    "c=; while IFS= read -r l; do [ \"$l\" = \"$0\" ] && eval \"$c\"; c=\"$c$l$n\"; done; exit 125";

// `exec` alone would report a missing program with the exit code of some other failure, after the answer.
constexpr std::string_view kLookUp = R"(q=; case $1 in
*/*) if [ -e "$1" ]; then q=x; [ -f "$1" ] && [ -x "$1" ] && q=y; fi;;
*) IFS=:; for d in $PATH; do f=${d:-.}/$1; if [ -f "$f" ]; then q=x; if [ -x "$f" ]; then q=y; break; fi; fi; done; unset IFS;;
esac
case $q in y) ;; x) echo "$0 noexec" >&2; exit 126;; *) echo "$0 notfound $PATH" >&2; exit 127;; esac
)";

StartError cannot_say(const std::string& what) {
  return StartError(StartFailure::NotPossible, "cannot start a command on a remote host: " + what,
                    "correct the command in the job's configuration");
}

std::string set_arguments(const Program& program) {
  if (const auto* script = std::get_if<ShellScript>(&program)) return "set -- sh -c " + single_quoted(script->text) + "\n";
  const auto* vector = std::get_if<ArgumentVector>(&program);
  if (!vector || vector->words.empty() || vector->words.front().empty()) throw cannot_say("it has no program");
  if (vector->words.front().starts_with('-')) throw cannot_say("'" + vector->words.front() + "' is no name of a program");
  std::string line = "set --";
  for (const std::string& word : vector->words) line += " " + single_quoted(word);
  return line + "\n";
}

std::string change_directory(const std::string& directory) {
  const std::string quoted = single_quoted(directory.starts_with('-') ? "./" + directory : directory);
  return "cd " + quoted + " 2>/dev/null || { echo \"$0 nodirectory\" >&2; exit 126; }\n";
}

std::string export_line(const std::string& name, const std::string& value) {
  if (!is_variable_name(name)) throw cannot_say("'" + name + "' is no name of an environment variable");
  return "export " + name + "=" + single_quoted(value) + "\n";
}

}  // namespace

std::string loader_line(const std::string& nonce) { return "exec sh -c '" + std::string(kLoader) + "' " + nonce; }

std::string single_quoted(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) throw cannot_say("it contains a zero byte");
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string start_code(const Command& command, const std::string& nonce) {
  std::string code = "set -f\n";
  const auto path = command.environment.find("PATH");
  if (path != command.environment.end()) code += export_line(path->first, path->second);
  if (!command.directory.empty()) code += change_directory(command.directory);
  if (command.umask) {
    char mask[8];
    std::snprintf(mask, sizeof mask, "%04o", static_cast<unsigned>(*command.umask) & 0777U);
    code += "umask " + std::string(mask) + "\n";
  }
  code += set_arguments(command.program);
  code += kLookUp;
  for (const auto& [name, value] : command.environment) code += export_line(name, value);
  code += "echo \"$0 ok\" >&2\nexec \"$@\"";
  if (command.input == StreamUse::Null) code += " </dev/null";
  if (command.output == StreamUse::Null) code += " >/dev/null";
  if (command.errors == StreamUse::Null) code += " 2>/dev/null";
  return code + "\n" + nonce + "\n";
}

std::optional<RemoteProcess> parse_started(std::string_view line, const std::string& nonce) {
  std::istringstream words{std::string(line)};
  std::string first;
  RemoteProcess process;
  if (!(words >> first >> process.pid >> process.start_time >> process.group) || first != nonce) return std::nullopt;
  if (process.start_time == "-") process.start_time.clear();
  if (process.group == "-") process.group = process.pid;
  return process;
}

}  // namespace orchestrator
