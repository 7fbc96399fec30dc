#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "orchestrator/host.hpp"
#include "orchestrator/process/trace.hpp"
#include "orchestrator/store/run_store.hpp"
#include "orchestrator/tasks/limiter.hpp"

namespace orchestrator {

/// What a run writes down of its commands, so that they are found again whatever happens to us (decision 18): before
/// each starts, when it has started, when it is gone.
///
/// Threads: the loop's thread only.
class RunLedger {
 public:
  struct Hooks {
    std::function<std::string(std::string_view)> mask;
    std::function<void(const std::string&)> warn;
    /// Before the first command of the run on a host. Must not throw but `Cancelled`.
    std::function<awaitable<void>(const std::string& host)> first_use;
  };

  /// \param store null: nothing is written. Outlives this.
  RunLedger(RunStore* store, std::string run, Hooks hooks)
      : store_(store), run_(std::move(run)), hooks_(std::move(hooks)) {}

  /// \param text what the command is, for people.
  /// \throws StartError: what cannot be written down must not be started. And what `Host::facts` throws.
  [[nodiscard]] awaitable<void> intend(Host& host, unsigned number, std::string text, std::string cookie);
  /// These never throw: the command runs by now, or has ended. The first failure of a run is a warning.
  [[nodiscard]] awaitable<void> started(unsigned number, ProcessTrace trace);
  [[nodiscard]] awaitable<void> ended(unsigned number, CommandState state);

  /// Of a host that a command was started on; none when nothing is written.
  [[nodiscard]] std::optional<Guarantee> guarantee_of(const std::string& host) const;

 private:
  struct KnownHost {
    Limiter turn{"the first use of a host", 1};
    bool ready = false;
    HostFacts facts;
  };
  [[nodiscard]] awaitable<std::string> boot_id_of(Host& host);
  [[nodiscard]] awaitable<void> write(awaitable<void> call);

  RunStore* store_;
  std::string run_;
  Hooks hooks_;
  std::map<std::string, KnownHost> hosts_;
  bool warned_ = false;
};

}  // namespace orchestrator
