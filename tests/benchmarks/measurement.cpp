#include "tests/benchmarks/measurement.hpp"

#include <algorithm>
#include <cstdio>

namespace orchestrator::bench {

double milliseconds_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double>& times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

Measurements::Measurements() { std::printf("%-52s %8s %8s   bound of the median\n", "", "median", "worst"); }

void Measurements::report(const std::string& what, std::vector<double> times, double bound) {
  const double middle = median(times);
  if (middle >= bound) within_bounds_ = false;
  std::printf("%-52s %8.2f %8.2f   < %g ms\n", what.c_str(), middle, times.back(), bound);
  std::fflush(stdout);
}

void Measurements::fail(const std::string& why) {
  within_bounds_ = false;
  std::printf("%s\n", why.c_str());
}

}  // namespace orchestrator::bench
