#pragma once

#include <functional>
#include <string>

#include "orchestrator/run/run_view.hpp"
#include "programs/terminal/report.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

/// For people. On stderr: a bar where that is a terminal, otherwise a line per phase and one every `kLineInterval`; the
/// failure, if there is one. On stdout: the summary. With `quiet` only what is not a success, on stderr.
class TextReport final : public Report {
 public:
  static constexpr Duration kRedrawInterval = std::chrono::milliseconds(100);
  static constexpr Duration kLineInterval = std::chrono::seconds(30);

  /// How each stream may be written to, and how large the window of stderr is.
  struct Terminal {
    TerminalStyle progress;
    TerminalStyle result;
    std::function<TerminalSize()> size;
  };

  TextReport(ReportOptions options, Terminal terminal, const Clock& clock, Emit emit);

  [[nodiscard]] std::optional<Duration> interval() const override;
  void tick() override;

  void run_began(const std::string& id, const std::string& job, const std::vector<std::string>& items) override;
  void state_changed(RunState state) override;
  void item_began(const std::string& item, Phase phase) override;
  void item_progress(const std::string& item, const Progress& progress) override;
  void item_ended(const std::string& item, Phase phase, ItemEnd end) override;
  void disk_seen(const DiskSeen& disk) override { run_.disk_seen(disk); }
  void log_line(const LogLine& line) override;
  void stopping(const Stopping& what) override;
  void run_ended(const RunResult& result) override;

 private:
  [[nodiscard]] bool shows_bar() const { return terminal_.progress.live && !options_.quiet; }
  [[nodiscard]] bool shows_lines() const { return !terminal_.progress.live && !options_.quiet; }
  void draw();
  void say(const std::string& line, OutputPriority priority);

  ReportOptions options_;
  Terminal terminal_;
  const Clock& clock_;
  Emit emit_;
  RunView run_;
  std::vector<std::string> drawn_;
  bool over_ = false;
};

}  // namespace orchestrator
