#pragma once

#include <memory>

#include "orchestrator/output/output_queue.hpp"
#include "programs/terminal/report.hpp"

namespace orchestrator {

/// stdout and stderr of this process behind the queue. Where both are the same terminal or file, one stream serves both, so
/// that what is written first stands first.
class ReportOutput {
 public:
  /// \param queue outlives it.
  explicit ReportOutput(OutputQueue& queue);
  /// Waits until all is written, as `OutputQueue::flush` does, and notes what could not be: `code_after_output`.
  ~ReportOutput();
  ReportOutput(const ReportOutput&) = delete;
  ReportOutput& operator=(const ReportOutput&) = delete;

  /// Takes the pieces of a report. Never waits.
  void put(ReportPiece piece);

 private:
  OutputQueue& queue_;
  std::unique_ptr<OutputStream> result_;
  std::unique_ptr<OutputStream> progress_;  // null: the same as result_
};

/// A report for people on the terminal, or what else stdout and stderr are.
/// \param clock and output outlive it.
[[nodiscard]] std::unique_ptr<Report> make_text_report(ReportOptions options, const Clock& clock, ReportOutput& output);

}  // namespace orchestrator
