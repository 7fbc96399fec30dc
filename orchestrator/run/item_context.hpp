#pragma once
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "orchestrator/run/job_context.hpp"
#include "orchestrator/run/progress_throttle.hpp"
#include "orchestrator/run/run_context.hpp"
#include "orchestrator/run/tracked_host.hpp"

namespace orchestrator {

/// The JobContext of one item of a run.
class ItemContext final : public JobContext {
 public:
  /// \param run outlives this. \param index of the item in the run.
  ItemContext(RunContext& run, std::string item, std::size_t index);

  [[nodiscard]] const std::string& run_id() const noexcept override { return run_.id; }
  [[nodiscard]] bool dry_run() const noexcept override { return run_.dry_run; }
  [[nodiscard]] Host& host(const std::string& name) override;
  [[nodiscard]] std::string run_as() const override { return run_.commands.run_as(); }
  [[nodiscard]] const StopLadder& stop_ladder() const noexcept override { return run_.job.common.stop; }
  [[nodiscard]] awaitable<std::string> resolve(std::string text) override;
  void progress(Progress progress) override;
  void moving() override { moved_at_ = run_.clock.now(); }
  void log(LogLevel level, std::string_view text) override;
  void warn(std::string_view text) override;
  void moved(std::uint64_t bytes) override;
  void on_exit(std::string name, ExitAction action) override;
  void on_failure(std::string name, ExitAction action) override;
  void leftovers(std::vector<Leftover> left) override;
  [[nodiscard]] awaitable<ProcessResult> run(Host& host, Command command, RunProcessOptions options) override;

  /// When something last moved; or when it was asked to begin counting, with `moving`.
  [[nodiscard]] TimePoint moved_at() const noexcept { return moved_at_; }
  /// Passes on the last progress: nothing of a phase arrives after its end.
  void flush_progress() { throttle_.flush(); }
  [[nodiscard]] const std::optional<std::uint64_t>& bytes() const noexcept { return bytes_; }
  /// As far as the last progress knew: for an item that was not allowed to finish.
  [[nodiscard]] const std::optional<std::uint64_t>& progress_bytes() const noexcept { return progress_bytes_; }

 private:
  RunContext& run_;
  std::string item_;
  std::size_t index_;
  std::map<std::string, std::unique_ptr<TrackedHost>> hosts_;
  TimePoint moved_at_{};
  std::optional<std::uint64_t> bytes_;
  std::optional<std::uint64_t> progress_bytes_;
  ProgressThrottle throttle_;
};

}  // namespace orchestrator
