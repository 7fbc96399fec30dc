#pragma once

#include <memory>

#include "orchestrator/engine/engine_run.hpp"
#include "orchestrator/output/output_queue.hpp"
#include "programs/terminal/json_report.hpp"

namespace orchestrator {

/// A run as JSON lines in a descriptor, log lines too, for somebody who may read slowly or go away.
class FollowReport final : public RunFollower {
 public:
  /// Bytes that may wait for a slow reader.
  static constexpr std::size_t kRoom = std::size_t{256} << 10;

  /// \param descriptor is closed with this.
  FollowReport(const EngineRun& run, int descriptor, OutputQueue& queue, const Clock& clock);

  void tick() override { report_.tick(); }
  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override {
    report_.run_began(id, job, items);
  }
  void state_changed(RunState state) override { report_.state_changed(state); }
  void item_began(const std::string& item, Phase phase) override { report_.item_began(item, phase); }
  void item_progress(const std::string& item, const Progress& progress) override {
    report_.item_progress(item, progress);
  }
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override { report_.item_ended(item, phase, end); }
  void log_line(const LogLine& line) override { report_.log_line(line); }
  void stopping(const Stopping& what) override { report_.stopping(what); }
  void run_ended(const RunResult& result) override { report_.run_ended(result); }

 private:
  std::unique_ptr<OutputStream> stream_;
  JsonReport report_;
};

}  // namespace orchestrator
