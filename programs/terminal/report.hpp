#pragma once

#include <functional>
#include <optional>
#include <string>

#include "orchestrator/output/output_queue.hpp"
#include "orchestrator/run/events.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// Where a piece of a report goes.
enum class Channel {
  Progress,  ///< stderr
  Result,    ///< stdout
};

/// Text for one of the streams. Progress may be replaced by later progress of the same key.
struct ReportPiece {
  Channel channel = Channel::Progress;
  OutputPriority priority = OutputPriority::Ordinary;
  std::string text{};
  std::string key{};
};

/// Takes pieces; never waits.
using Emit = std::function<void(ReportPiece)>;

struct ReportOptions {
  bool quiet = false;
  bool verbose = false;
  bool strict = false;
};

/// Shows a run to whoever started it.
class Report : public EventSink {
 public:
  /// How often `tick` wants to be called while the run lasts; none: never.
  [[nodiscard]] virtual std::optional<Duration> interval() const = 0;
  /// Shows what changed since the last time.
  virtual void tick() = 0;
};

}  // namespace orchestrator
