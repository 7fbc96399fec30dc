#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/engine/engine.hpp"
#include "orchestrator/output/output_queue.hpp"
#include "programs/log_sinks.hpp"

namespace spdlog {
class logger;
}

namespace orchestrator {

/// What the daemon has to say to its operator. Under systemd to the journal, with ORCHESTRATOR_RUN=, ORCHESTRATOR_JOB=,
/// ORCHESTRATOR_PHASE=, ORCHESTRATOR_ITEM= and ORCHESTRATOR_HOST=, so that `journalctl ORCHESTRATOR_RUN=...` is the log of a run;
/// otherwise lines on stderr. The same as JSON lines to a file, where one is named.
///
/// Threads: the loop's thread only.
class DaemonLog final : public EngineWatcher {
 public:
  /// \param file for JSON lines. \throws Error when it cannot be opened.
  /// \param journal the socket of the journal; used where stderr is connected to the journal ($JOURNAL_STREAM).
  explicit DaemonLog(OutputQueue& queue, const std::optional<std::filesystem::path>& file = std::nullopt,
                     const std::string& journal = "/run/systemd/journal/socket");
  ~DaemonLog() override;

  void say(LogLevel level, std::string_view text, const LogFields& fields = {});
  /// After somebody has moved the file away. A file that cannot be opened is said, and the old one stays.
  void open_again();

  // Each run is logged from its beginning to its end.
  void run_new(EngineRun& run) override;
  /// What writes a run's events to this log, which outlives it.
  [[nodiscard]] std::unique_ptr<RunFollower> follower(std::string run, std::string job);

 private:
  class RunLines;

  std::vector<std::shared_ptr<LogSink>> sinks_;
  std::unique_ptr<spdlog::logger> logger_;
};

/// Whether stderr of this process goes to the journal, sd_journal_print(3).
[[nodiscard]] bool stderr_is_the_journal();

}  // namespace orchestrator
