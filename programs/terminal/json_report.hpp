#pragma once

#include <map>
#include <string>
#include <vector>

#include "orchestrator/run/run_view.hpp"
#include "programs/terminal/report.hpp"

namespace orchestrator {

/// For programs: JSON lines on stdout and nothing else anywhere; the last line is the result. With `quiet` the result
/// alone; log lines only with `verbose`. Progress at most every `kProgressInterval` per item.
class JsonReport final : public Report {
 public:
  static constexpr Duration kProgressInterval = std::chrono::milliseconds(500);

  JsonReport(ReportOptions options, const Clock& clock, Emit emit);

  [[nodiscard]] std::optional<Duration> interval() const override;
  void tick() override;

  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override;
  void state_changed(RunState state) override;
  void item_began(const std::string& item, Phase phase) override;
  void item_progress(const std::string& item, const Progress& progress) override;
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override;
  void disk_seen(const DiskSeen& disk) override;
  void log_line(const LogLine& line) override;
  void stopping(const Stopping& what) override;
  void run_ended(const RunResult& result) override;

 private:
  void put(std::string line);

  ReportOptions options_;
  const Clock& clock_;
  Emit emit_;
  RunView run_;
  std::vector<std::string> changed_;  // items with progress that was not told yet
  std::map<std::string, DiskSeen> disks_;  // that were not told yet, by place
  bool over_ = false;
};

}  // namespace orchestrator
