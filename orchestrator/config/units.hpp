#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace orchestrator {

/// The longest duration a configuration may hold: adding it to any clock cannot overflow.
inline constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours(24 * 36500);

/// A number of bytes, up to 2^63 - 1.
struct ByteSize {
  constexpr ByteSize() = default;
  explicit constexpr ByteSize(std::uint64_t count) : bytes(count) {}

  std::uint64_t bytes = 0;

  friend constexpr auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

/// Whole percents, 0 to 100.
struct Percentage {
  constexpr Percentage() = default;
  explicit constexpr Percentage(unsigned value) : percent(value) {}

  unsigned percent = 0;

  friend constexpr auto operator<=>(const Percentage&, const Percentage&) = default;
};

/// A share of a whole, or an absolute size: "20%" or "10GiB".
struct Threshold {
  constexpr Threshold() = default;
  explicit constexpr Threshold(Percentage share) : value(share) {}
  explicit constexpr Threshold(ByteSize size) : value(size) {}

  /// The size that it stands for when the whole has `total` bytes.
  [[nodiscard]] std::uint64_t of(std::uint64_t total) const noexcept;

  std::variant<Percentage, ByteSize> value;

  friend constexpr bool operator==(const Threshold&, const Threshold&) = default;
};

/// Reads "250ms", "30s", "5m", "2h", "1d" and combinations from large to small, "1h30m".
/// \throws ParseError for a missing or unknown unit, a sign, a fraction, a space, more than
/// kLongestDuration.
[[nodiscard]] std::chrono::milliseconds parse_duration(std::string_view text);

/// Reads "512B", "5kB" (or "5KB"), "5MB", "5GB", "5TB" (powers of 1000) and "5KiB" ... "5TiB"
/// (powers of 1024). \throws ParseError like parse_duration.
[[nodiscard]] ByteSize parse_size(std::string_view text);

/// Reads "20%". \throws ParseError for anything but a whole number from 0 to 100 and "%".
[[nodiscard]] Percentage parse_percentage(std::string_view text);

/// Reads a percentage or a size. \throws ParseError
[[nodiscard]] Threshold parse_threshold(std::string_view text);

/// The shortest text that parse_duration reads as the same value; "0s" for nothing.
[[nodiscard]] std::string to_string(std::chrono::milliseconds duration);
/// A text that parse_size reads as exactly the same value.
[[nodiscard]] std::string to_string(ByteSize size);
[[nodiscard]] std::string to_string(Percentage share);
[[nodiscard]] std::string to_string(const Threshold& threshold);

}  // namespace orchestrator
