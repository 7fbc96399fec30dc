#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

#include "orchestrator/process/account.hpp"
#include "orchestrator/process/descriptor.hpp"

namespace orchestrator {

/// What a new process gets; nothing else reaches it.
struct LaunchSpec {
  /// Paths to execute, tried in this order as execvp(3) does: one that is missing or may not be executed gives
  /// way to the next.
  std::vector<std::string> candidates;
  std::vector<std::string> words;        ///< argv, its first word included
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string directory;                 ///< empty: ours
  std::optional<mode_t> umask;
  std::optional<Account> account;          ///< whom a keeper starts it as; none: as us
  std::array<int, 3> streams{-1, -1, -1};  ///< descriptors for 0, 1 and 2; -1: /dev/null
  std::vector<int> more;                   ///< for 3 and so on; -1: that one is closed
};

/// The step that a launch got to.
enum class LaunchStage : std::uint8_t { Clone, Session, User, Directory, Streams, Descriptors, Execute };

struct LaunchFailure {
  LaunchStage stage = LaunchStage::Clone;
  int error = 0;              ///< errno
  std::size_t candidate = 0;  ///< which one, for `LaunchStage::Execute`
};

struct Launched {
  pid_t pid = -1;
  Descriptor pidfd;
};

/// Starts a process as leader of a session and process group of its own, every signal at its default and unblocked,
/// with no descriptor but those of the spec.
///
/// The calling thread stands still until the program is executed. After a failure nothing is left, no zombie either.
/// Threads: any.
[[nodiscard]] std::variant<Launched, LaunchFailure> launch(const LaunchSpec& spec);

}  // namespace orchestrator
