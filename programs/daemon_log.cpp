#include "programs/daemon_log.hpp"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/details/null_mutex.h>

#include "orchestrator/process/descriptor.hpp"
#include "programs/terminal/summary.hpp"

namespace orchestrator {

namespace {

/// A record of the journal is one datagram.
constexpr std::size_t kLongestMessage = 32 * 1024;

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return spdlog::level::debug;
    case LogLevel::Info: return spdlog::level::info;
    case LogLevel::Warning: return spdlog::level::warn;
    case LogLevel::Error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// syslog(3)
int journal_priority(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::err: return 3;
    case spdlog::level::warn: return 4;
    case spdlog::level::info: return 6;
    default: return 7;
  }
}

// One field of the journal's native protocol: a value with line ends carries its length.
void add_field(std::string& datagram, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  datagram += name;
  if (value.find('\n') == std::string_view::npos) {
    datagram += '=';
  } else {
    datagram += '\n';
    for (std::uint64_t size = value.size(), i = 0; i < 8; ++i, size >>= 8) datagram += static_cast<char>(size & 0xff);
  }
  datagram += value;
  datagram += '\n';
}

}  // namespace

/// Knows what the record is about that is being written.
class DaemonLog::Sink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  const LogFields* fields = nullptr;

 protected:
  void flush_() override {}
};

class DaemonLog::StderrSink final : public Sink {
 public:
  explicit StderrSink(OutputQueue& queue) : stream_(queue.open(STDERR_FILENO, DescriptorOwner::Caller)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    std::string line = "orchestratord: ";
    if (!fields->job.empty()) line += printable(fields->job, Charset::Utf8) + ": ";
    if (!fields->item.empty()) line += printable(fields->item, Charset::Utf8) + ": ";
    if (!fields->host.empty()) line += printable(fields->host, Charset::Utf8) + ": ";
    if (message.level == spdlog::level::warn) line += "warning: ";
    if (message.level == spdlog::level::err) line += "error: ";
    stream_->write(line + printable(text, Charset::Utf8) + "\n");
  }

  std::unique_ptr<OutputStream> stream_;
};

class DaemonLog::JournalSink final : public Sink {
 public:
  explicit JournalSink(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    // A journal that restarts keeps its socket: it is the service manager's.
    (void)::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), std::min(message.payload.size(), kLongestMessage));
    std::string datagram;
    add_field(datagram, "MESSAGE", text);
    add_field(datagram, "PRIORITY", std::to_string(journal_priority(message.level)));
    add_field(datagram, "SYSLOG_IDENTIFIER", "orchestratord");
    add_field(datagram, "ORCHESTRATOR_RUN", fields->run);
    add_field(datagram, "ORCHESTRATOR_JOB", fields->job);
    add_field(datagram, "ORCHESTRATOR_ITEM", fields->item);
    add_field(datagram, "ORCHESTRATOR_HOST", fields->host);
    // A journal that does not keep up must not hold the loop.
    (void)::send(socket_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  Descriptor socket_;
};

/// A run as lines of the log.
class DaemonLog::RunLines final : public RunFollower {
 public:
  RunLines(DaemonLog& log, const EngineRun& run) : log_(log), run_(run.id()), job_(run.order().job) {}

  void log_line(const LogLine& line) override {
    if (line.level != LogLevel::Debug) log_.say(line.level, line.text, about(line.item, line.host));
  }
  void stopping(const Stopping& what) override {
    log_.say(LogLevel::Warning, stopping_text(what, job_, Charset::Utf8), about({}, {}));
  }
  void failed(const RunError& error) override {
    std::string text = error.message;
    if (!error.remedy.empty()) text += "; remedy: " + error.remedy;
    log_.say(LogLevel::Error, text, about(error.item, error.host));
  }
  void run_ended(const RunResult& result) override {
    const bool well = result.state == RunState::Succeeded || result.state == RunState::Skipped;
    log_.say(well ? LogLevel::Info : LogLevel::Error, "run " + run_ + ": " + ending_text(result, Charset::Utf8),
             about({}, {}));
  }

 private:
  [[nodiscard]] LogFields about(std::string_view item, std::string_view host) const { return {run_, job_, item, host}; }

  DaemonLog& log_;
  std::string run_;
  std::string job_;
};

DaemonLog::DaemonLog(OutputQueue& queue, const std::string& journal) {
  if (stderr_is_the_journal()) {
    sink_ = std::make_shared<JournalSink>(journal);
  } else {
    sink_ = std::make_shared<StderrSink>(queue);
  }
  logger_ = std::make_unique<spdlog::logger>("orchestratord", sink_);
}

DaemonLog::~DaemonLog() = default;

void DaemonLog::say(LogLevel level, std::string_view text, const LogFields& fields) {
  sink_->fields = &fields;
  logger_->log(spdlog_level(level), spdlog::string_view_t(text.data(), text.size()));
  sink_->fields = nullptr;
}

void DaemonLog::run_new(EngineRun& run) {
  std::string text = "run " + run.id() + " of '" + run.order().job + "'";
  if (!run.order().started_by.empty()) text += ", asked for by " + run.order().started_by;
  if (run.order().options.dry_run) text += ", dry";
  say(LogLevel::Info, text, LogFields{run.id(), run.order().job});
  run.follow(std::make_unique<RunLines>(*this, run));
}

bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace orchestrator
