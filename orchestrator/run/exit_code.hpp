#pragma once
#include "orchestrator/run/result.hpp"

namespace orchestrator {

/// Exit codes of the programs; those of a run come from `exit_code`.
enum ExitCode : int {
  kExitSucceeded = 0,
  kExitFailed = 1,
  kExitUsage = 2,           ///< usage or configuration
  kExitValidation = 3,      ///< problems were found, nothing was changed
  kExitBusy = 4,            ///< a lock held elsewhere, or a wait limit reached
  kExitTimedOut = 5,
  kExitMonitor = 6,         ///< stopped by a monitor
  kExitUnconfirmed = 7,     ///< something could not be confirmed gone
  kExitCancelled = 8,       ///< by somebody else
  kExitInterrupted = 9,     ///< the orchestrator of the run died
  kExitLeftRunning = 10,    ///< on the daemon
  kExitNoDaemon = 69,
  kExitSignal = 128,        ///< and the number of the signal that cancelled the run
};

/// The exit code of a run, the same for every door. `strict` makes warnings 1.
///
/// What could not be confirmed gone beats everything; then what was found before anything was
/// changed; then what ended the run; then failures.
[[nodiscard]] int exit_code(const RunResult& result, bool strict = false);

}  // namespace orchestrator
