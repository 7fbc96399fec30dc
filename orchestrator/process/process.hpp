#pragma once
#include <string>
#include <vector>

#include "orchestrator/process/command.hpp"
#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/process/stream.hpp"
#include "orchestrator/process/trace.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Processes that were seen and not seen to be gone.
struct Leftover {
  std::string host;     ///< empty: this machine
  std::string group;    ///< process group id there, as text; empty when not even that is known
  std::string command;  ///< for people
  std::string why;      ///< "connection lost", "still there 5 s after SIGKILL"
};

/// A command that was started, here or on another host. Held by `with_process`, which ends it.
class Process {
 public:
  Process() = default;
  virtual ~Process() = default;  ///< never waits; the work has to be over
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// For the task tree: "rsync, pid 4711", "df on 'nas', process group 815".
  [[nodiscard]] virtual std::string describe() const = 0;

  /// What it can be found by when we are gone.
  [[nodiscard]] virtual ProcessTrace trace() const = 0;

  /// The pipes that the command asked for. Both outputs must be read, at the same time, or the process stalls.
  [[nodiscard]] virtual ByteSink& input() = 0;
  [[nodiscard]] virtual ByteSource& output() = 0;
  [[nodiscard]] virtual ByteSource& errors() = 0;

  /// Waits for the main process to end; its group may live on until `stop`. May be called again.
  [[nodiscard]] virtual awaitable<ExitStatus> wait() = 0;

  /// Ends what is left of the command, main process and descendants, by its ladder, and reaps it. Starts at KILL when the
  /// level in force is `kill`. Also after success: nothing may survive its command.
  /// Returns at once when all is gone already. May be called again.
  ///
  /// \return what could not be seen to be gone within the bounds; empty is the rule.
  /// Cancellation: shielded from it, bounded by the ladder.
  [[nodiscard]] virtual awaitable<std::vector<Leftover>> stop() = 0;
};

}  // namespace orchestrator
