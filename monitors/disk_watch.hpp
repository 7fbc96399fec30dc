#pragma once
#include <optional>
#include <string>
#include <vector>

#include "monitors/fill_rate.hpp"
#include "monitors/space_reading.hpp"
#include "orchestrator/config/settings.hpp"
#include "orchestrator/run/disk_seen.hpp"
#include "orchestrator/run/job.hpp"
#include "orchestrator/tasks/clock.hpp"

namespace orchestrator {

/// What follows from one look at a file system.
struct DiskVerdict {
  std::string trip{};                   ///< why the run must end; empty: it may go on
  std::vector<std::string> warnings{};
  std::string news{};                   ///< for the log
  Duration next{};                      ///< until the next look
};

/// What is watched, in words and numbers.
struct DiskRules {
  std::string host{};
  std::string path{};
  DiskSettings limits{};
  Duration soonest = std::chrono::milliseconds(100);  ///< between two looks
  bool is_state = false;  ///< our own state directory: `state_reserve` holds, and nothing else
};

/// Judges one file system by the looks that others take at it: no input, no output, no waiting.
///
/// One warning per crossing; what is measured with is the same before a run and in it.
class DiskWatch {
 public:
  explicit DiskWatch(DiskRules rules);

  /// Why no run may begin; `coming` is what it would write there.
  [[nodiscard]] std::vector<Problem> problems(const SpaceReading& reading) const;
  /// The same for what is known to come. \return a problem when it cannot fit.
  [[nodiscard]] std::optional<Problem> too_much(const SpaceReading& reading, std::uint64_t bytes,
                                                std::uint64_t inodes) const;

  [[nodiscard]] DiskVerdict take(const SpaceReading& reading, TimePoint now);
  /// A look that gave nothing: `why` says "df: exit code 1", "not answering since 12:03:05".
  [[nodiscard]] DiskVerdict failed(const std::string& why);

  [[nodiscard]] const DiskSeen& seen() const noexcept { return seen_; }
  [[nodiscard]] const DiskRules& rules() const noexcept { return rules_; }
  /// "'/srv' on 'nas'"
  [[nodiscard]] const std::string& place() const noexcept { return place_; }

 private:
  [[nodiscard]] std::uint64_t least_bytes(const SpaceReading& reading) const;
  [[nodiscard]] std::uint64_t least_inodes(const SpaceReading& reading) const;
  [[nodiscard]] std::string limit_text(const char* key, const Threshold& threshold) const;
  [[nodiscard]] std::string forecast(const SpaceReading& reading) const;
  void note(const SpaceReading& reading);
  void judge(const SpaceReading& reading, DiskVerdict& verdict) const;
  void warn(const SpaceReading& reading, DiskVerdict& verdict);

  DiskRules rules_;
  std::string place_;
  FillRate bytes_;
  FillRate inodes_;
  DiskSeen seen_;
  bool any_ = false;  // a look gave something
  bool below_ = false;
  bool inodes_below_ = false;
  bool read_only_ = false;
  unsigned failures_ = 0;  // in a row
};

}  // namespace orchestrator
