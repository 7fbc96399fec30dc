#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/run/events.hpp"
#include "orchestrator/run/exit_stack.hpp"
#include "orchestrator/run/ledger.hpp"
#include "orchestrator/run/references.hpp"
#include "orchestrator/run/run.hpp"
#include "orchestrator/run/run_hosts.hpp"

namespace orchestrator {

/// What all items of a run share.
struct RunContext {
  std::string id;
  bool dry_run;
  const JobConfig& job;
  Hosts& hosts;
  EventSink& events;
  Clock& clock;
  RunReferences references;
  RunHosts commands;
  RunLedger ledger;
  ExitStack exit_stack;
  std::vector<std::string> warnings;

  /// Masked, and to all sinks.
  void log(LogLevel level, std::string_view item, std::string_view host, std::string_view text);
  void warn(std::string_view item, std::string_view text);
};

}  // namespace orchestrator
