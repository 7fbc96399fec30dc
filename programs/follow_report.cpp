#include "programs/follow_report.hpp"

namespace orchestrator {

namespace {

ReportOptions follow_options(const EngineRun& run) {
  ReportOptions options;
  options.verbose = true;
  options.strict = run.order().options.strict;
  return options;
}

}  // namespace

FollowReport::FollowReport(const EngineRun& run, int descriptor, OutputQueue& queue, const Clock& clock)
    : stream_(queue.open(descriptor, DescriptorOwner::Stream, kRoom)),
      report_(follow_options(run), clock, [this](ReportPiece piece) {
        if (piece.priority == OutputPriority::Progress) {
          stream_->progress(std::move(piece.text), piece.key);
        } else {
          stream_->write(std::move(piece.text), piece.priority);
        }
      }) {}

}  // namespace orchestrator
