#include "programs/control/crontab.hpp"

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/units.hpp"
#include "orchestrator/process/command.hpp"

namespace orchestrator {

namespace {

std::string cron_range(const CalendarRange& range, std::int64_t low, std::int64_t high) {
  if (range.repeat == 0) return std::to_string(range.start);
  const bool all = range.start == low && !range.stop;
  const std::string span = all ? "*" : std::to_string(range.start) + "-" + std::to_string(range.stop.value_or(high));
  return range.repeat == 1 ? span : span + "/" + std::to_string(range.repeat);
}

std::string cron_part(const CalendarPart& part, std::int64_t low, std::int64_t high) {
  if (part.empty()) return "*";
  std::string text;
  for (const CalendarRange& range : part) text += (text.empty() ? "" : ",") + cron_range(range, low, high);
  return text;
}

/// Cron's Sunday is 0.
std::string cron_weekdays(unsigned days) {
  constexpr unsigned kAllDays = 0x7F;
  if (days == 0 || days == kAllDays) return "*";
  const auto has = [days](unsigned day) { return day < 6 && (days >> day & 1U) != 0; };  // Monday to Saturday
  std::string text = (days >> 6 & 1U) != 0 ? "0" : "";
  for (unsigned first = 0; first < 6; ++first) {
    if (!has(first)) continue;
    unsigned last = first;
    while (has(last + 1)) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(first + 1);
    if (last > first) text += (last == first + 1 ? "," : "-") + std::to_string(last + 1);
    first = last;
  }
  return text;
}

void refuse_what_cron_lacks(const Calendar& calendar) {
  const CalendarPart whole_minutes{CalendarRange()};
  if (calendar.microseconds != whole_minutes) throw ParseError("cron starts nothing but at whole minutes");
  if (!calendar.years.empty()) throw ParseError("cron knows no years");
  if (calendar.days_from_end) throw ParseError("cron cannot count days from the end of a month");
  if (!calendar.zone.empty()) throw ParseError("cron knows no time zone but the machine's");
  if (calendar.weekdays != 0 && !calendar.days.empty())
    throw ParseError("cron would take a day of the week and a day of the month for two schedules, not for both at once");
}

/// What cron leaves away of a schedule that it can start.
std::string lost_in_cron(const ScheduleSettings& settings) {
  std::string lost;
  if (settings.randomized_delay) lost += "no randomized_delay of " + to_string(*settings.randomized_delay);
  if (!settings.on_battery) lost += std::string(lost.empty() ? "" : ", ") + "started on battery too";
  return lost;
}

}  // namespace

std::string cron_fields(const Calendar& calendar) {
  refuse_what_cron_lacks(calendar);
  return cron_part(calendar.minutes, 0, 59) + " " + cron_part(calendar.hours, 0, 23) + " " +
         cron_part(calendar.days, 1, 31) + " " + cron_part(calendar.months, 1, 12) + " " + cron_weekdays(calendar.weekdays);
}

Crontab crontab_of(const std::vector<Schedule>& schedules, const std::string& command) {
  Crontab crontab;
  crontab.text = "# Sync jobs, by 'orchestratorctl timers --cron'. Cron does not catch up what it missed while the machine was off.\n";
  if (schedules.empty()) crontab.text += "# No job has a schedule.\n";
  for (const Schedule& schedule : schedules) {
    const std::string calendar = schedule.settings.calendar;
    try {
      const std::string line = cron_fields(parse_calendar(calendar)) + " " + command + " " + schedule.job;
      const std::string lost = lost_in_cron(schedule.settings);
      if (!lost.empty()) crontab.text += "# " + schedule.job + ": " + lost + "\n";
      crontab.text += line + "\n";
    } catch (const ParseError& error) {
      const std::string problem = "job '" + schedule.job + "' cannot be started by cron at \"" + calendar + "\": " + error.what();
      crontab.text += "# " + problem + "\n";
      crontab.problems.push_back(problem);
    }
  }
  return crontab;
}

std::string cron_command(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    const std::string quoted = quote_for_shell(word);
    text += text.empty() ? "" : " ";
    for (const char c : quoted) text += c == '%' ? std::string("\\%") : std::string(1, c);
  }
  return text;
}

}  // namespace orchestrator
