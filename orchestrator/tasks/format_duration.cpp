#include "orchestrator/tasks/format_duration.hpp"

#include <string_view>

namespace orchestrator {

namespace {

std::string with_rest(long long large, std::string_view large_unit, long long small, std::string_view small_unit) {
  std::string text = std::to_string(large) + " " + std::string(large_unit);
  if (small > 0) text += " " + std::to_string(small) + " " + std::string(small_unit);
  return text;
}

}  // namespace

std::string format_duration(std::chrono::nanoseconds duration) {
  using namespace std::chrono;
  if (duration < 0ns) return "-" + format_duration(-duration);
  const long long ms = duration_cast<milliseconds>(duration).count();
  if (ms < 10'000 && ms % 1000 != 0) {
    if (ms < 100) return std::to_string(ms) + " ms";
    const long long tenths = ms / 100;  // never rounded up
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
  }
  const long long s = ms / 1000;
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return with_rest(s / 60, "min", s % 60, "s");
  if (s < 86'400) return with_rest(s / 3600, "h", s % 3600 / 60, "min");
  return with_rest(s / 86'400, "d", s % 86'400 / 3600, "h");
}

}  // namespace orchestrator
