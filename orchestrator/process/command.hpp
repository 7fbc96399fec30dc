#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

#include "orchestrator/process/stop_ladder.hpp"

namespace orchestrator {

/// Program and arguments; the program is looked up in PATH where the command runs unless it has a "/".
struct ArgumentVector {
  std::vector<std::string> words;
};

/// Text for `sh -c`: only where the user asked for a shell.
struct ShellScript {
  std::string text;
};

/// Text that the login shell of a remote host gets as it is, without wrapper, cookie or environment. For rsync's
/// remote end alone, which escapes its arguments itself, and which restricted keys compare (decision 28).
struct RawShellString {
  std::string text;
};

using Program = std::variant<ArgumentVector, ShellScript, RawShellString>;

/// What a stream of the command is connected to. Nothing is inherited, ever.
enum class StreamUse : std::uint8_t {
  Null,  ///< /dev/null
  Pipe,  ///< `Process::input`, `output` or `errors`
};

/// A command to be run on a host, in a session and process group of its own.
struct Command {
  Program program;
  /// Here: the whole environment. On a remote host: added to what the login gives. Values may be secret and never
  /// reach an argument vector.
  std::map<std::string, std::string> environment;
  std::string directory;  ///< empty: the orchestrator's own, or the login directory
  std::optional<mode_t> umask;
  /// A user of this machine whom it runs as; empty: ours. For commands on this machine alone.
  std::string run_as{};
  StreamUse input = StreamUse::Null;
  StreamUse output = StreamUse::Pipe;
  StreamUse errors = StreamUse::Pipe;
  StopLadder stop;
  /// Descriptors of the locks that the work is done under. Here, whoever ends the command should we die holds them on
  /// until it is gone; the command itself never has them. They stay open until it is stopped.
  std::vector<int> locks{};
};

/// The words of the command for people: "rsync -a /srv/ nas:/srv/", quoted for a shell where needed.
[[nodiscard]] std::string describe(const Program& program);

/// `word` quoted for sh if it needs it.
[[nodiscard]] std::string quote_for_shell(const std::string& word);

}  // namespace orchestrator
