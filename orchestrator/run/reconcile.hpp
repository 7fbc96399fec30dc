#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/process/stop_ladder.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/store/run_store.hpp"

namespace orchestrator {

/// What became of a command of a dead orchestrator.
struct ReconciledCommand {
  StoredCommand command;
  std::vector<Leftover> left;  ///< of it; empty: it is gone
};

struct ReconciledHost {
  std::string host;                         ///< empty: this machine
  std::vector<ReconciledCommand> commands;  ///< those that were looked for
  std::string problem;                      ///< why nobody could look: all of them may still be there
  std::string remedy;

  [[nodiscard]] bool all_gone() const;
};

struct Reconciled {
  std::vector<StoredRun> interrupted;  ///< runs that were found dead, as they were
  std::vector<ReconciledHost> hosts;   ///< that had something to look for

  [[nodiscard]] bool nothing_to_do() const { return interrupted.empty() && hosts.empty(); }
  [[nodiscard]] bool all_gone() const;
};

struct ReconcileSetup {
  RunStore& store;
  Hosts& hosts;
  std::filesystem::path state_directory;
  std::string instance{};  ///< our own: of its runs only those that have ended are looked after
  StopLadder ladder{};
};

/// Finishes what dead orchestrators left behind (decisions 18, 19): ends their commands, marks those that are gone, and
/// marks their runs `interrupted`. Runs of living ones are not touched.
///
/// \param host none: all hosts that have something; otherwise that one alone, "" is this machine.
/// \throws StoreError; what happens to a host is in the result.
/// Cancellation: what has not been confirmed is still in the store.
[[nodiscard]] awaitable<Reconciled> reconcile(ReconcileSetup setup, std::optional<std::string> host = std::nullopt);

/// One line per run and command for people: "ended 'rsync -a …' of run 0123… (process group 815)".
[[nodiscard]] std::vector<std::string> describe(const Reconciled& outcome);

}  // namespace orchestrator
