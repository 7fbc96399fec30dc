#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/run/job_context.hpp"

namespace orchestrator::test {

/// What a job is given, and what it said, kept for the test to look at.
class FakeJobContext final : public JobContext {
 public:
  /// The hosts outlive it.
  explicit FakeJobContext(std::vector<Host*> hosts);

  /// In the place of one of that name.
  void add_host(Host& host);

  [[nodiscard]] const std::string& run_id() const noexcept override { return id_; }
  [[nodiscard]] bool dry_run() const noexcept override { return is_dry_run; }
  [[nodiscard]] Host& host(const std::string& name) override;
  [[nodiscard]] const StopLadder& stop_ladder() const noexcept override { return ladder; }
  /// Only whole texts, from `references`; a "${" that is not among them is an Error.
  [[nodiscard]] awaitable<std::string> resolve(std::string text) override;
  void progress(Progress progress) override;
  void log(LogLevel level, std::string_view text) override;
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void moved(std::uint64_t bytes) override { bytes_moved += bytes; }
  void on_exit(std::string name, ExitAction action) override;
  void on_failure(std::string name, ExitAction action) override;
  void leftovers(std::vector<Leftover> left) override;
  [[nodiscard]] awaitable<ProcessResult> run(Host& host, Command command,
                                             RunProcessOptions options) override;

  /// Hears of progress when it is reported.
  std::function<void(const Progress&)> on_progress{};
  /// Hears of a line as it is in `lines`.
  std::function<void(const std::string&)> on_log{};

  /// "warning: text", in order.
  std::vector<std::string> lines;
  std::vector<std::string> warnings;
  std::vector<Progress> reports;
  std::vector<Leftover> left_over;
  std::vector<std::pair<std::string, ExitAction>> exit_actions;
  std::map<std::string, std::string> references;
  std::uint64_t bytes_moved = 0;
  bool is_dry_run = false;
  StopLadder ladder;

 private:
  std::string id_ = "0123456789abcdef0123456789abcdef";
  std::map<std::string, Host*> hosts_;
};

}  // namespace orchestrator::test
