#include "orchestrator/config/calendar.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <utility>

#include "orchestrator/config/error.hpp"

namespace orchestrator {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::size_t kLongestText = 256;
constexpr std::size_t kFractionDigits = 6;

struct Shorthand {
  std::string_view word;
  std::string_view meaning;
};
constexpr std::array kShorthands{
    Shorthand{"minutely", "*-*-* *:*:00"},        Shorthand{"hourly", "*-*-* *:00:00"},
    Shorthand{"daily", "*-*-* 00:00:00"},         Shorthand{"weekly", "mon *-*-* 00:00:00"},
    Shorthand{"monthly", "*-*-01 00:00:00"},      Shorthand{"quarterly", "*-01,04,07,10-01 00:00:00"},
    Shorthand{"semiannually", "*-01,07-01 00:00:00"}, Shorthand{"semi-annually", "*-01,07-01 00:00:00"},
    Shorthand{"biannually", "*-01,07-01 00:00:00"}, Shorthand{"bi-annually", "*-01,07-01 00:00:00"},
    Shorthand{"yearly", "*-01-01 00:00:00"},      Shorthand{"annually", "*-01-01 00:00:00"},
    Shorthand{"anually", "*-01-01 00:00:00"}};

// The long names first: each short one begins its long one.
constexpr std::array<std::string_view, 14> kWeekdays{"monday", "tuesday", "wednesday", "thursday", "friday",
                                                     "saturday", "sunday", "mon", "tue", "wed", "thu", "fri",
                                                     "sat", "sun"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

bool is_zone(const std::string& name) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return is_decimal(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '+' || c == '-' || c == '/';
  });
  if (!plain || name.empty() || name.starts_with('/') || name.ends_with('/') || name.find("//") != std::string::npos)
    return false;
  std::error_code ec;
  return std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, ec);
}

/// The lowest and the highest value of a part, and what it is called.
struct PartLimits {
  const char* name;
  std::int64_t low;
  std::int64_t high;
};
constexpr PartLimits kYears{"a year", 1970, 2199};
constexpr PartLimits kMonths{"a month", 1, 12};
constexpr PartLimits kDays{"a day", 1, 31};
// No month is so short that it would not have them.
constexpr PartLimits kDaysFromEnd{"a day from the end of the month", 1, 28};
constexpr PartLimits kHours{"an hour", 0, 23};
constexpr PartLimits kMinutes{"a minute", 0, 59};
constexpr PartLimits kMicroseconds{"a second", 0, 60 * kSecond - 1};

class CalendarParser {
 public:
  explicit CalendarParser(std::string_view text) : whole_(text) {}

  Calendar parse() {
    if (whole_.empty() || whole_.size() > kLongestText) refuse("it is empty or too long");
    rest_ = lower(whole_);
    take_zone();
    for (const Shorthand& shorthand : kShorthands)
      if (rest_ == shorthand.word) rest_ = shorthand.meaning;
    take_weekdays();
    if (!take_date()) take_time();
    check_all();
    return std::move(calendar_);
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw ParseError("expected a calendar expression of systemd.time(7) such as \"daily\" or \"Mon..Fri 02:30\", got '" +
                     std::string(whole_.substr(0, kLongestText)) + "': " + reason);
  }

  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  void skip(std::size_t count) { rest_.erase(0, count); }
  void skip_blanks() { skip(std::min(rest_.find_first_not_of(' '), rest_.size())); }

  [[noreturn]] void refuse_rest(const std::string& wanted) const {
    refuse("'" + (rest_.empty() ? std::string("its end") : rest_) + "' stands where " + wanted + " is expected");
  }

  void take_zone() {
    const std::size_t blank = rest_.rfind(' ');
    if (blank == std::string::npos) return;
    const std::string word(whole_.substr(blank + 1));
    if (lower(word) == "utc")
      calendar_.zone = "UTC";
    else if (is_zone(word))
      calendar_.zone = word;
    else if (!word.empty() && !is_decimal(word.front()) && word.find_first_of(":*~") == std::string::npos && word.front() != '@')
      refuse("'" + word + "' is no time zone of this machine");
    else
      return;
    rest_.resize(rest_.find_last_not_of(' ', blank) + 1);
  }

  std::optional<unsigned> take_weekday() {
    for (std::size_t i = 0; i < kWeekdays.size(); ++i) {
      if (!rest_.starts_with(kWeekdays[i])) continue;
      skip(kWeekdays[i].size());
      return static_cast<unsigned>(i % 7);
    }
    return std::nullopt;
  }

  // "mon", "mon..fri", "mon,wed,": the old "mon-fri" too.
  void take_weekdays() {
    std::optional<unsigned> range_from;
    for (bool first = true;; first = false) {
      const std::optional<unsigned> day = take_weekday();
      if (!day && first) return;
      if (!day) refuse_rest("a day of the week");
      if (range_from && *range_from > *day) refuse("a range of days goes from Monday to Sunday");
      for (unsigned i = range_from.value_or(*day); i <= *day; ++i) calendar_.weekdays |= 1U << i;
      const bool in_range = range_from.has_value();
      range_from.reset();
      if (!in_range && (rest_.starts_with("..") || next() == '-')) {
        range_from = day;
        skip(next() == '-' ? 1 : 2);
      } else if (next() == ',') {
        skip(1);
      } else if (next() != ' ' && next() != '\0') {
        refuse_rest("a blank after the days of the week");
      }
      if (next() != ' ' && next() != '\0') continue;
      if (range_from) refuse("a range of days has no end");
      skip_blanks();
      return;
    }
  }

  /// \return whether the expression is over: "@SECONDS" has date and time.
  bool take_date() {
    if (next() == '\0') return false;
    if (next() == '@') {
      take_timestamp();
      return true;
    }
    const std::string before = rest_;
    CalendarPart first = take_part(false);
    if (next() == ':' || next() == '\0') {
      rest_ = before;  // a time, or nothing that is one
      return false;
    }
    take_dash();
    CalendarPart second = take_part(false);
    if (next() == ' ' || next() == '\0') {
      calendar_.months = std::move(first);
      calendar_.days = std::move(second);
    } else {
      if (calendar_.days_from_end) refuse("'~' stands before the day, and nothing follows that");
      take_dash();
      calendar_.years = std::move(first);
      calendar_.months = std::move(second);
      calendar_.days = take_part(false);
      if (next() != ' ' && next() != '\0') refuse_rest("a blank after the date");
    }
    skip_blanks();
    return false;
  }

  void take_dash() {
    if (next() != '-' && next() != '~') refuse_rest("'-' or '~'");
    calendar_.days_from_end = next() == '~';
    skip(1);
  }

  void take_timestamp() {
    skip(1);
    const std::time_t when = take_number();
    std::tm utc{};
    if (!rest_.empty() || ::gmtime_r(&when, &utc) == nullptr) refuse("'@' and seconds since 1970 stand alone");
    calendar_.zone = "UTC";
    calendar_.years = {{utc.tm_year + 1900, std::nullopt, 0}};
    calendar_.months = {{utc.tm_mon + 1, std::nullopt, 0}};
    calendar_.days = {{utc.tm_mday, std::nullopt, 0}};
    calendar_.hours = {{utc.tm_hour, std::nullopt, 0}};
    calendar_.minutes = {{utc.tm_min, std::nullopt, 0}};
    calendar_.microseconds = {{utc.tm_sec * kSecond, std::nullopt, 0}};
  }

  void take_time() {
    const CalendarPart zero{CalendarRange()};
    calendar_.microseconds = zero;
    if (rest_.empty()) {
      calendar_.hours = calendar_.minutes = zero;
      return;
    }
    calendar_.hours = take_part(false);
    if (next() != ':') refuse_rest("':' and the minutes");
    skip(1);
    calendar_.minutes = take_part(false);
    if (rest_.empty()) return;
    if (next() != ':') refuse_rest("':' and the seconds");
    skip(1);
    calendar_.microseconds = take_part(true);
    if (!rest_.empty()) refuse_rest("the end");
  }

  /// "*", or a list of ranges.
  CalendarPart take_part(bool seconds) {
    if (next() == '*') {
      skip(1);
      if (!seconds) return {};
      return {{0, std::nullopt, kSecond}};
    }
    CalendarPart part;
    for (;;) {
      part.push_back(take_range(seconds));
      if (next() != ',') return part;
      skip(1);
    }
  }

  CalendarRange take_range(bool seconds) {
    CalendarRange range;
    range.start = take_value(seconds);
    if (rest_.starts_with("..")) {
      skip(2);
      range.stop = take_value(seconds);
      range.repeat = seconds ? kSecond : 1;
    }
    if (next() == '/') {
      skip(1);
      range.repeat = take_value(seconds);
      if (range.repeat == 0) refuse("a repetition by 0");
    }
    if (rest_.find_first_not_of(" ,-~:") == 0) refuse_rest("one of ' ', ',', '-', '~', ':'");
    // The end is the last value that there is; where that is the first, it is the only one.
    if (range.stop > range.start) *range.stop -= (*range.stop - range.start) % range.repeat;
    if (range.stop == range.start) range = {range.start, std::nullopt, 0};
    return range;
  }

  std::int64_t take_number() {
    constexpr std::size_t kMostDigits = 12;
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0 || digits > kMostDigits) refuse_rest("a number or '*'");
    const std::int64_t value = std::stoll(rest_.substr(0, digits));
    skip(digits);
    return value;
  }

  std::int64_t take_value(bool seconds) {
    std::int64_t value = take_number();
    if (!seconds) return value;
    if (value > 60) refuse("a second is from 0 to 59");
    value *= kSecond;
    if (next() != '.' || rest_.starts_with("..")) return value;
    skip(1);
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0) refuse_rest("a fraction of a second");
    std::string fraction = rest_.substr(0, digits);
    const bool round_up = digits > kFractionDigits && fraction[kFractionDigits] >= '5';
    fraction.resize(kFractionDigits, '0');
    skip(digits);
    return value + std::stoll(fraction) + (round_up ? 1 : 0);
  }

  void check(const CalendarPart& part, const PartLimits& limits, bool from_end = false) const {
    const bool seconds = limits.high == kMicroseconds.high;
    const auto shown = [seconds](std::int64_t value) { return std::to_string(seconds ? value / kSecond : value); };
    for (const CalendarRange& range : part) {
      for (const std::int64_t value : {range.start, range.stop.value_or(range.start)}) {
        if (value < limits.low || value > limits.high)
          refuse(std::string(limits.name) + " is from " + shown(limits.low) + " to " + shown(limits.high) + ", not " +
                 shown(value));
      }
      if (range.stop && *range.stop < range.start) refuse("a range goes from the lower value to the higher one");
      const bool falls_out = from_end ? range.start - range.repeat < limits.low : range.start + range.repeat > limits.high;
      if (range.repeat > 0 && !range.stop && falls_out) refuse("the repetition of " + std::string(limits.name) + " would never come");
    }
  }

  void check_all() {
    for (CalendarRange& range : calendar_.years)
      for (std::int64_t* year : {&range.start, range.stop ? &*range.stop : nullptr})
        if (year != nullptr && *year < 100) *year += *year < 70 ? 2000 : 1900;
    check(calendar_.years, kYears);
    check(calendar_.months, kMonths);
    check(calendar_.days, calendar_.days_from_end ? kDaysFromEnd : kDays, calendar_.days_from_end);
    check(calendar_.hours, kHours);
    check(calendar_.minutes, kMinutes);
    check(calendar_.microseconds, kMicroseconds);
  }

  std::string_view whole_;
  std::string rest_;
  Calendar calendar_;
};

}  // namespace

Calendar parse_calendar(std::string_view text) { return CalendarParser(text).parse(); }

}  // namespace orchestrator
