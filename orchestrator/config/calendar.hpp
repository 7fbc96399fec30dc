#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// Values of one part of a calendar expression: `start`, `start..stop`, `start/repeat`, `start..stop/repeat`.
struct CalendarRange {
  std::int64_t start = 0;
  std::optional<std::int64_t> stop;  ///< with `repeat`; none: up to the part's highest value
  std::int64_t repeat = 0;           ///< 0: `start` alone

  friend bool operator==(const CalendarRange&, const CalendarRange&) = default;
};

/// What one part of a calendar expression allows; empty: everything.
using CalendarPart = std::vector<CalendarRange>;

/// A calendar expression of systemd.time(7).
struct Calendar {
  unsigned weekdays = 0;  ///< bit 0 is Monday, bit 6 Sunday; 0: every day
  CalendarPart years;
  CalendarPart months;
  CalendarPart days;
  bool days_from_end = false;  ///< `days` count from the end of the month
  CalendarPart hours;
  CalendarPart minutes;
  CalendarPart microseconds;  ///< of the minute
  std::string zone;           ///< "UTC", "Europe/Berlin"; empty: the machine's
};

/// Reads what systemd reads as OnCalendar=, without asking it: "daily", "Mon..Fri 02:30", "*-*-01 04:00 UTC". A time zone
/// is one of /usr/share/zoneinfo.
/// \throws ParseError that says what is wrong where, and shows two that are right.
[[nodiscard]] Calendar parse_calendar(std::string_view text);

}  // namespace orchestrator
