#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/process/command.hpp"

namespace orchestrator {

/// How a command gets over there without quoting through a login shell that nobody knows (decision 25).
///
/// What is executed is one constant line that sh, bash, zsh, fish and csh read alike: `exec sh -c '…' NONCE`. It writes
/// "NONCE PID STARTTIME GROUP" to stderr and "NONCE" to stdout, which is where noise of login scripts ends, reads lines
/// of shell code from its input until one that is the nonce, and evaluates them. The code, made here, sets up
/// directory, umask and environment, checks that the program is there, writes "NONCE ok" or why not to stderr, and
/// becomes the program. So no secret is in an argument vector, and input that follows is the program's.
///
/// The shell is the leader of its session and group, because sshd makes it so.
[[nodiscard]] std::string loader_line(const std::string& nonce);

/// The lines for the loader, the nonce at their end included.
/// \throws StartError when the command cannot be said: a zero byte, or a name that is none for a variable.
[[nodiscard]] std::string start_code(const Command& command, const std::string& nonce);

/// The ids of what was started.
struct RemoteProcess {
  std::string pid;
  std::string start_time;  ///< in ticks after boot; empty where there is no /proc
  std::string group;
};

/// Reads the line "NONCE PID STARTTIME GROUP". \return none when it is another line.
[[nodiscard]] std::optional<RemoteProcess> parse_started(std::string_view line, const std::string& nonce);

/// `text` between single quotes, for sh.
[[nodiscard]] std::string single_quoted(std::string_view text);

}  // namespace orchestrator
