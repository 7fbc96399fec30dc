#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/engine/engine.hpp"
#include "orchestrator/output/output_queue.hpp"

namespace spdlog {
class logger;
}

namespace orchestrator {

/// What a record of the log is about; empty: not that.
struct LogFields {
  std::string_view run{};
  std::string_view job{};
  std::string_view item{};
  std::string_view host{};
};

/// What the daemon has to say to its operator. Under systemd to the journal, with ORCHESTRATOR_RUN=, ORCHESTRATOR_JOB=,
/// ORCHESTRATOR_ITEM= and ORCHESTRATOR_HOST=, so that `journalctl ORCHESTRATOR_RUN=...` is the log of a run; otherwise lines
/// on stderr. Never waits: what nobody takes is dropped.
///
/// Threads: the loop's thread only.
class DaemonLog final : public EngineWatcher {
 public:
  /// \param journal the socket of the journal; used where stderr is connected to the journal ($JOURNAL_STREAM).
  explicit DaemonLog(OutputQueue& queue, const std::string& journal = "/run/systemd/journal/socket");
  ~DaemonLog() override;

  void say(LogLevel level, std::string_view text, const LogFields& fields = {});

  // Each run is logged from its beginning to its end.
  void run_new(EngineRun& run) override;

 private:
  class Sink;
  class StderrSink;
  class JournalSink;
  class RunLines;

  std::shared_ptr<Sink> sink_;
  std::unique_ptr<spdlog::logger> logger_;
};

/// Whether stderr of this process goes to the journal, sd_journal_print(3).
[[nodiscard]] bool stderr_is_the_journal();

}  // namespace orchestrator
