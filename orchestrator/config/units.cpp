#include "orchestrator/config/units.hpp"

#include <array>
#include <charconv>
#include <limits>

#include "orchestrator/config/error.hpp"

namespace orchestrator {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// From large to small.
constexpr std::array kDurationUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                    Unit{"s", 1'000}, Unit{"ms", 1}};

constexpr std::array kSizeUnits{Unit{"TiB", 1ULL << 40}, Unit{"TB", 1'000'000'000'000},
                                Unit{"GiB", 1ULL << 30}, Unit{"GB", 1'000'000'000},
                                Unit{"MiB", 1ULL << 20}, Unit{"MB", 1'000'000},
                                Unit{"KiB", 1ULL << 10}, Unit{"KB", 1'000},
                                Unit{"kB", 1'000},       Unit{"B", 1}};

constexpr std::uint64_t kLargestSize = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

[[noreturn]] void refuse(std::string_view text, std::string_view kind, std::string_view reason) {
  std::string message = "'";
  message.append(text).append("' is not a ").append(kind).append(": ").append(reason);
  throw ParseError(message);
}

// The digits at the start of `rest`, which loses them. `text` is the whole, for the message.
std::uint64_t take_number(std::string_view text, std::string_view& rest, std::string_view kind) {
  if (rest.starts_with('-')) refuse(text, kind, "it must not be negative");
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error == std::errc::result_out_of_range) refuse(text, kind, "the number is too large");
  if (error != std::errc{}) refuse(text, kind, "a number must come first");
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.starts_with('.') || rest.starts_with(','))
    refuse(text, kind, "use a smaller unit instead of a fraction");
  if (rest.starts_with(' ')) refuse(text, kind, "there must be no space before the unit");
  return number;
}

std::string_view take_letters(std::string_view& rest) {
  std::size_t length = 0;
  while (length < rest.size() && is_letter(rest[length])) ++length;
  const std::string_view letters = rest.substr(0, length);
  rest.remove_prefix(length);
  return letters;
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text) {
  constexpr std::string_view kKind = "duration";
  constexpr auto kMost = static_cast<std::uint64_t>(kLongestDuration.count());
  if (text.empty()) refuse(text, kKind, "write one like \"30s\"");
  std::uint64_t total = 0;
  std::size_t next_unit = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::uint64_t number = take_number(text, rest, kKind);
    const std::string_view name = take_letters(rest);
    if (name.empty() && rest.empty()) refuse(text, kKind, "it needs a unit: d, h, m, s or ms");
    std::size_t unit = 0;
    while (unit < kDurationUnits.size() && kDurationUnits[unit].name != name) ++unit;
    if (unit == kDurationUnits.size())
      refuse(text, kKind, "the units are d, h, m, s and ms, as in \"1h30m\"");
    if (unit < next_unit)
      refuse(text, kKind, "units go from large to small, each once, as in \"1h30m\"");
    next_unit = unit + 1;
    const std::uint64_t factor = kDurationUnits[unit].factor;
    if (number > (kMost - total) / factor)
      refuse(text, kKind, "the longest is " + to_string(kLongestDuration));
    total += number * factor;
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

ByteSize parse_size(std::string_view text) {
  constexpr std::string_view kKind = "size";
  if (text.empty()) refuse(text, kKind, "write one like \"10GiB\"");
  std::string_view rest = text;
  const std::uint64_t number = take_number(text, rest, kKind);
  for (const Unit& unit : kSizeUnits) {
    if (rest != unit.name) continue;
    if (number > kLargestSize / unit.factor) refuse(text, kKind, "it is too large");
    return ByteSize(number * unit.factor);
  }
  if (rest.empty()) refuse(text, kKind, "it needs a unit, such as B, KiB, MiB, GiB, MB or GB");
  refuse(text, kKind, "the units are B, KiB, MiB, GiB, TiB, and kB, MB, GB, TB in thousands");
}

Percentage parse_percentage(std::string_view text) {
  constexpr std::string_view kKind = "percentage";
  if (text.empty()) refuse(text, kKind, "write one like \"20%\"");
  std::string_view rest = text;
  const std::uint64_t number = take_number(text, rest, kKind);
  if (rest != "%") refuse(text, kKind, "a whole number and '%' are expected, as in \"20%\"");
  if (number > 100) refuse(text, kKind, "the most is 100%");
  return Percentage(static_cast<unsigned>(number));
}

Threshold parse_threshold(std::string_view text) {
  if (text.empty()) refuse(text, "threshold", "write one like \"20%\" or \"10GiB\"");
  if (text.ends_with('%')) return Threshold(parse_percentage(text));
  if (is_digit(text.back())) refuse(text, "threshold", "it needs '%' or a unit such as GiB");
  return Threshold(parse_size(text));
}

std::uint64_t Threshold::of(std::uint64_t total) const noexcept {
  if (const auto* size = std::get_if<ByteSize>(&value)) return size->bytes;
  const std::uint64_t percent = std::get_if<Percentage>(&value)->percent;
  return total / 100 * percent + total % 100 * percent / 100;
}

std::string to_string(std::chrono::milliseconds duration) {
  std::string text;
  auto rest = static_cast<std::uint64_t>(duration.count());
  for (const Unit& unit : kDurationUnits) {
    if (rest < unit.factor) continue;
    text += std::to_string(rest / unit.factor);
    text += unit.name;
    rest %= unit.factor;
  }
  return text.empty() ? "0s" : text;
}

std::string to_string(ByteSize size) {
  const Unit* best = &kSizeUnits.back();
  for (const Unit& unit : kSizeUnits) {
    if (size.bytes == 0 || size.bytes % unit.factor != 0) continue;
    if (unit.factor > best->factor) best = &unit;
  }
  return std::to_string(size.bytes / best->factor) + std::string(best->name);
}

std::string to_string(Percentage share) { return std::to_string(share.percent) + "%"; }

std::string to_string(const Threshold& threshold) {
  return std::visit([](const auto& value) { return to_string(value); }, threshold.value);
}

}  // namespace orchestrator
