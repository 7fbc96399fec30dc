#include "programs/terminal/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace orchestrator {

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1000, not 1024: "1016 MiB" would be a digit wider than all others.
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, kUnits.at(unit));
}

std::string format_rate(double bytes_per_second) {
  constexpr double kLargest = 1e18;
  const double rate = std::isfinite(bytes_per_second) ? std::clamp(bytes_per_second, 0.0, kLargest) : 0;
  return format_bytes(static_cast<std::uint64_t>(rate)) + "/s";
}

std::string format_fraction(double fraction) {
  const double share = std::isfinite(fraction) ? std::clamp(fraction, 0.0, 1.0) : 0;
  return fmt::format("{} %", static_cast<int>(std::floor(share * 100 + 1e-9)));
}

std::string format_count(std::size_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

}  // namespace orchestrator
