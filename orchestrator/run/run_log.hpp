#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "orchestrator/output/output_queue.hpp"
#include "orchestrator/run/events.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// Where the log of a run is: runs/DATE-JOB-ID.jsonl in the state directory, DATE in UTC so that names
/// sort by time.
[[nodiscard]] std::filesystem::path run_log_file(const std::filesystem::path& state_directory,
                                                 std::chrono::system_clock::time_point began, const std::string& job,
                                                 const std::string& id);

/// Makes the file, and the directories that are missing, for its user alone, and opens it behind
/// `queue`. Blocks. \throws Error
[[nodiscard]] std::unique_ptr<OutputStream> open_run_log(const std::filesystem::path& file, OutputQueue& queue);

/// Everything that a run tells as JSON lines: time (UTC, microseconds), level, run, job, event, and
/// what belongs to the event: item, phase, host, text.
class RunLog final : public EventSink {
 public:
  /// Progress of an item, and what there is to tell of a disk, is written this often at most.
  static constexpr Duration kProgressInterval = std::chrono::seconds(10);

  /// From this size on only errors are written, and how the run ends; from twice of it on only that.
  static constexpr std::uint64_t kLimit = std::uint64_t{64} << 20;

  /// \param clock outlives this.
  /// \param strict warnings count in the exit code.
  RunLog(std::unique_ptr<OutputStream> stream, Clock& clock, bool strict = false, std::uint64_t limit = kLimit);
  ~RunLog() override;

  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override;
  void state_changed(RunState state) override;
  void item_began(const std::string& item, Phase phase) override;
  void item_progress(const std::string& item, const Progress& progress) override;
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override;
  void failed(const RunError& error) override;
  void disk_seen(const DiskSeen& disk) override;
  void log_line(const LogLine& line) override;
  void stopping(const Stopping& what) override;
  void run_ended(const RunResult& result) override;

 private:
  class Entry;

  /// Whether a line of this kind may still be written; says once when something is left out.
  [[nodiscard]] bool has_room(OutputPriority priority);

  std::unique_ptr<OutputStream> stream_;
  Clock& clock_;
  bool strict_;
  std::uint64_t limit_;
  std::uint64_t written_ = 0;
  std::uint64_t left_out_ = 0;
  std::string id_;
  std::string job_;
  std::map<std::string, Phase, std::less<>> phases_;  // of the items that are in one
  std::map<std::string, TimePoint, std::less<>> last_progress_;
};

}  // namespace orchestrator
