#include "programs/report_output.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "programs/standard_streams.hpp"
#include "programs/terminal/text_report.hpp"

namespace orchestrator {

namespace {

bool are_the_same(int left, int right) {
  struct stat a {};
  struct stat b {};
  return ::fstat(left, &a) == 0 && ::fstat(right, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

ReportOutput::ReportOutput(OutputQueue& queue) : queue_(queue), result_(queue.open(STDOUT_FILENO, DescriptorOwner::Caller)) {
  if (!are_the_same(STDOUT_FILENO, STDERR_FILENO)) progress_ = queue.open(STDERR_FILENO, DescriptorOwner::Caller);
}

ReportOutput::~ReportOutput() {
  queue_.flush();
  if (const int error = result_->write_error()) stdout_failed(error);
}

void ReportOutput::put(ReportPiece piece) {
  OutputStream& stream = piece.channel == Channel::Progress && progress_ ? *progress_ : *result_;
  if (piece.priority == OutputPriority::Progress) {
    stream.progress(std::move(piece.text), piece.key);
  } else {
    stream.write(std::move(piece.text), piece.priority);
  }
}

std::unique_ptr<Report> make_text_report(ReportOptions options, const Clock& clock, ReportOutput& output) {
  TextReport::Terminal terminal;
  terminal.progress = terminal_style(STDERR_FILENO);
  terminal.result = terminal_style(STDOUT_FILENO);
  terminal.size = [] { return terminal_size(STDERR_FILENO); };
  auto emit = [&output](ReportPiece piece) { output.put(std::move(piece)); };
  return std::make_unique<TextReport>(options, std::move(terminal), clock, std::move(emit));
}

}  // namespace orchestrator
