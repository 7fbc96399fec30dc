#include "monitors/space_reading.hpp"

#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace orchestrator {

std::uint64_t bytes_of(const Threshold& threshold, std::uint64_t usable) { return threshold.of(usable); }

std::uint64_t inodes_of(const Threshold& threshold, Percentage otherwise, std::uint64_t usable) {
  if (const auto* size = std::get_if<ByteSize>(&threshold.value)) {
    return size->bytes == 0 ? 0 : Threshold(otherwise).of(usable);
  }
  return threshold.of(usable);
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0.0 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return fmt::format("{:.1f} %", std::floor(share * 10) / 10);
}

std::string size_text(double bytes) {
  constexpr std::array<std::string_view, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return unit == 0 || bytes >= 100 ? fmt::format("{:.0f} {}", bytes, kUnits[unit])
                                   : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string about_text(double seconds) {
  if (seconds < 100) return fmt::format("about {:.0f} s", std::ceil(seconds));
  if (seconds < 100 * 60) return fmt::format("about {:.0f} min", seconds / 60);
  return fmt::format("about {:.0f} h", seconds / 3600);
}

}  // namespace orchestrator
