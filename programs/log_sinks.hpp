#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include "orchestrator/output/output_queue.hpp"

namespace orchestrator {

/// What a record of the log is about; empty: not that.
struct LogFields {
  std::string_view run{};
  std::string_view job{};
  std::string_view phase{};
  std::string_view item{};
  std::string_view host{};
};

/// A place where records of the daemon go. None of them waits: what nobody takes is dropped.
class LogSink : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  /// What the record is about that comes next; outlives its writing.
  void about(const LogFields& fields) noexcept { fields_ = &fields; }
  /// From here on to the file that has the name now: after somebody has moved the old one. \throws Error
  virtual void open_again() {}

 protected:
  [[nodiscard]] const LogFields& fields() const noexcept { return *fields_; }
  void flush_() override {}

 private:
  const LogFields* fields_ = nullptr;
};

/// Lines for people, on stderr.
[[nodiscard]] std::shared_ptr<LogSink> make_stderr_sink(OutputQueue& queue);
/// Records with fields. \param socket the journal's.
[[nodiscard]] std::shared_ptr<LogSink> make_journal_sink(const std::string& socket);
/// JSON lines, appended to `file` (0600): time (UTC), level, text, and run, job, phase, item, host where there are any; "lost" is how
/// many records did not get there before this one. \throws Error when it cannot be opened.
[[nodiscard]] std::shared_ptr<LogSink> make_file_sink(std::filesystem::path file, OutputQueue& queue);

}  // namespace orchestrator
