#include "programs/daemon_log.hpp"

#include <cstdlib>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/logger.h>

#include "orchestrator/error.hpp"
#include "programs/terminal/summary.hpp"

namespace orchestrator {

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warning: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// The phase that a run as a whole is in; empty: none.
std::string_view phase_of(RunState state) {
  switch (state) {
    case RunState::Validating: return to_string(Phase::Validate);
    case RunState::PreSync: return to_string(Phase::PreSync);
    case RunState::Syncing: return to_string(Phase::Sync);
    case RunState::PostSync: return to_string(Phase::PostSync);
    default: return {};
  }
}

}  // namespace

/// A run as lines of the log.
class DaemonLog::RunLines final : public RunFollower {
 public:
  RunLines(DaemonLog& log, std::string run, std::string job) : log_(log), run_(std::move(run)), job_(std::move(job)) {}

  // A run that is being cancelled stays in its phase.
  void state_changed(RunState state) override {
    if (state != RunState::Cancelling) phase_ = phase_of(state);
  }
  void item_began(const std::string& item, Phase phase) override { phases_.insert_or_assign(item, phase); }
  void item_ended(const std::string& item, Phase /*phase*/, ItemEnd /*end*/) override { phases_.erase(item); }
  void log_line(const LogLine& line) override {
    if (line.level != LogLevel::Debug) log_.say(line.level, line.text, about(line.item, line.host));
  }
  void stopping(const Stopping& what) override {
    log_.say(LogLevel::Warning, stopping_text(what, job_, Charset::Utf8), about({}, {}));
  }
  void failed(const RunError& error) override {
    std::string text = error.message;
    if (!error.remedy.empty()) text += "; remedy: " + error.remedy;
    LogFields fields = about(error.item, error.host);
    fields.phase = to_string(error.phase);
    log_.say(LogLevel::Error, text, fields);
  }
  void run_ended(const RunResult& result) override {
    const bool well = result.state == RunState::Succeeded || result.state == RunState::Skipped;
    log_.say(well ? LogLevel::Info : LogLevel::Error, "run " + run_ + ": " + ending_text(result, Charset::Utf8),
             about({}, {}));
  }

 private:
  [[nodiscard]] LogFields about(std::string_view item, std::string_view host) const {
    const auto phase = phases_.find(item);
    return {run_, job_, phase == phases_.end() ? phase_ : to_string(phase->second), item, host};
  }

  DaemonLog& log_;
  std::string run_;
  std::string job_;
  std::string_view phase_;                            // of the run
  std::map<std::string, Phase, std::less<>> phases_;  // of the items that are in one
};

DaemonLog::DaemonLog(OutputQueue& queue, const std::optional<std::filesystem::path>& file, const std::string& journal) {
  sinks_.push_back(stderr_is_the_journal() ? make_journal_sink(journal) : make_stderr_sink(queue));
  if (file) sinks_.push_back(make_file_sink(*file, queue));
  logger_ = std::make_unique<spdlog::logger>("orchestratord", sinks_.begin(), sinks_.end());
}

DaemonLog::~DaemonLog() = default;

void DaemonLog::say(LogLevel level, std::string_view text, const LogFields& fields) {
  for (const auto& sink : sinks_) sink->about(fields);
  logger_->log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
}

void DaemonLog::open_again() {
  try {
    for (const auto& sink : sinks_) sink->open_again();
  } catch (const Error& error) {
    say(LogLevel::Error, std::string(error.what()) + "; writing on to the old one");
  }
}

void DaemonLog::run_new(EngineRun& run) {
  std::string text = "run " + run.id() + " of '" + run.order().job + "'";
  if (!run.order().started_by.empty()) text += ", asked for by " + run.order().started_by;
  if (run.order().options.dry_run) text += ", dry";
  say(LogLevel::Info, text, LogFields{run.id(), run.order().job, {}, {}, {}});
  run.follow(follower(run.id(), run.order().job));
}

std::unique_ptr<RunFollower> DaemonLog::follower(std::string run, std::string job) {
  return std::make_unique<RunLines>(*this, std::move(run), std::move(job));
}

bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace orchestrator
