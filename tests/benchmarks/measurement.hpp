#pragma once
#include <chrono>
#include <string>
#include <vector>

namespace orchestrator::bench {

using Clock = std::chrono::steady_clock;

[[nodiscard]] double milliseconds_since(Clock::time_point begin);

[[nodiscard]] double median(std::vector<double>& times);

/// Measurements of one program, printed as lines: what, median and worst in milliseconds, the bound of the median.
class Measurements {
 public:
  Measurements();

  void report(const std::string& what, std::vector<double> times, double bound);
  /// Something that no time makes good.
  void fail(const std::string& why);

  /// What the program ends with: 0 when all medians are below their bounds and nothing has failed.
  [[nodiscard]] int exit_code() const noexcept { return within_bounds_ ? 0 : 1; }

 private:
  bool within_bounds_ = true;
};

}  // namespace orchestrator::bench
