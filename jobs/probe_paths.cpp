#include "jobs/probe_paths.hpp"

#include <optional>

#include "jobs/local_environment.hpp"

namespace orchestrator {

namespace {

// One line per question: "=" and a letter for each thing that is true, and the path of a directory without links. Only
// the beginning of a directory is read, it may be large: the entries "." and ".." are always there, and an empty file system
// has "lost+found".
constexpr std::string_view kScript = R"(programs=$1
mounts=
if [ "$2" = 1 ]; then mounts=$(cat /proc/self/mounts 2>/dev/null); fi
newline='
'
IFS=$newline
set -f
shift 2
while [ "$programs" -gt 0 ]; do
  if command -v "$1" >/dev/null 2>&1; then echo =y; else echo =; fi
  programs=$((programs - 1))
  shift
done
# Whether users may have a part only of the file system that holds $1.
has_quotas() {
  case $mounts in *,usr*quota*|*,grp*quota*) ;; *) return 1 ;; esac
  mount= limits=
  while IFS=' ' read -r device point type options rest; do
    case $1/ in "${point%/}"/*) ;; *) continue ;; esac
    if [ "${#point}" -ge "${#mount}" ]; then mount=$point limits=,$options; fi
  done <<END
$mounts
END
  case $limits in *,usrquota*|*,grpquota*|*,usrjquota=*|*,grpjquota=*) return 0 ;; *) return 1 ;; esac
}
for path do
  facts=
  if [ -e "$path" ] || [ -L "$path" ]; then facts=e; fi
  if [ -d "$path" ]; then facts=${facts}d; fi
  if [ -f "$path" ]; then facts=${facts}f; fi
  if [ -r "$path" ]; then facts=${facts}r; fi
  if [ -w "$path" ]; then facts=${facts}w; fi
  if [ -x "$path" ]; then facts=${facts}x; fi
  case $facts in
    *d*r*x)
      entries=$(ls -a -f -- "$path" 2>/dev/null | head -n 4)
      empty=${entries:+0}
      for entry in $entries; do
        case $entry in .|..|lost+found) ;; *) empty= ;; esac
      done
      facts=$facts$empty
      real=$(cd -P -- "$path" 2>/dev/null && pwd -P)
      if has_quotas "$real"; then facts=${facts}q; fi
      case $real in *"$newline"*) ;; *) facts=$facts$real ;; esac ;;
  esac
  echo "=$facts"
done
)";

PathFacts facts_of(std::string_view answer) {
  const std::string_view letters = answer.substr(0, answer.find('/'));
  const auto has = [letters](char letter) { return letters.find(letter) != letters.npos; };
  PathFacts facts;
  facts.exists = has('e');
  facts.is_directory = has('d');
  facts.is_file = has('f');
  facts.may_read = has('r');
  facts.may_write = has('w');
  facts.may_enter = has('x');
  facts.is_empty = has('0');
  facts.has_quotas = has('q');
  facts.real_path = answer.substr(letters.size());
  return facts;
}

Command probe_command(const JobContext& context, const Host& host,
                      const ProbeQuestions& questions) {
  ArgumentVector program;
  program.words = {"sh", "-c", std::string(kScript), "probe",
                   std::to_string(questions.programs.size()), questions.quotas ? "1" : "0"};
  program.words.insert(program.words.end(), questions.programs.begin(), questions.programs.end());
  program.words.insert(program.words.end(), questions.paths.begin(), questions.paths.end());
  Command command;
  command.program = std::move(program);
  command.environment = base_environment(host);
  command.directory = questions.directory;
  command.stop = context.stop_ladder();
  return command;
}

CommandFailed probe_failed(const Host& host, const ProbeQuestions& questions,
                           const ProcessResult& result) {
  CommandFailed::Details details;
  details.host = host.name();
  details.command = "sh -c '...' probe";
  for (const std::string& path : questions.paths) details.command += " " + quote_for_shell(path);
  details.status = result.status;
  details.errors = result.errors;
  return CommandFailed(std::move(details), "check that the login's shell can run 'sh'");
}

/// Most commands on this machine are names in PATH: the host can tell about them, and no process is needed.
/// \return none: one is.
awaitable<std::optional<ProbeAnswers>> look_without_process(Host& host, const ProbeQuestions& questions) {
  if (!host.is_local() || !questions.paths.empty() || !questions.directory.empty()) co_return std::nullopt;
  const std::string path = base_environment(host).at("PATH");
  ProbeAnswers answers;
  for (const std::string& program : questions.programs) {
    if (program.find('/') != program.npos) co_return std::nullopt;
    const std::optional<bool> found = co_await host.finds(program, path);
    if (!found) co_return std::nullopt;
    answers.programs.push_back(*found);
  }
  co_return answers;
}

}  // namespace

awaitable<ProbeAnswers> probe_paths(JobContext& context, Host& host, ProbeQuestions questions) {
  const std::optional<ProbeAnswers> known = co_await look_without_process(host, questions);
  if (known) co_return *known;
  ProbeAnswers answers;
  std::size_t asked = 0;
  RunProcessOptions options;
  options.on_output_line = [&](std::string_view line) {
    // What a login says of its own accord is not for us.
    if (!line.starts_with('=')) return;
    if (asked++ < questions.programs.size()) {
      answers.programs.push_back(line == "=y");
    } else {
      answers.paths.push_back(facts_of(line.substr(1)));
    }
  };
  Command command = probe_command(context, host, questions);
  const ProcessResult result = co_await context.run(host, std::move(command), std::move(options));
  const bool complete = answers.programs.size() == questions.programs.size() &&
                        answers.paths.size() == questions.paths.size();
  if (!succeeded(result.status) || !complete) throw probe_failed(host, questions, result);
  co_return answers;
}

std::string parent_path_of(const std::string& path) {
  const std::size_t last = path.find_last_not_of('/');
  if (last == path.npos) return "/";
  const std::size_t slash = path.find_last_of('/', last);
  if (slash == path.npos) return ".";
  const std::size_t end = path.find_last_not_of('/', slash);
  return end == path.npos ? "/" : path.substr(0, end + 1);
}

}  // namespace orchestrator
