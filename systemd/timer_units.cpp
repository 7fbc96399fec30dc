#include "systemd/timer_units.hpp"

#include <algorithm>

namespace orchestrator {

namespace {

/// The journal has the rest of a text that is longer, from `orchestratord --check`.
constexpr std::size_t kMostMistakes = 50;
constexpr std::size_t kLongestLine = 2000;

constexpr const char* kHexDigits = "0123456789abcdef";

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// `text` as the value of a setting: one line, and nothing in it means something to systemd.
std::string plain_value(std::string_view text) {
  std::string value;
  for (const char c : text.substr(0, kLongestLine)) {
    if (c == '%') value += '%';
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    value += control || c == '\\' ? ' ' : c;
  }
  return value;
}

/// A line of StandardInputText=, which knows C's escapes.
std::string input_line(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, kLongestLine)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '%') {
      line += "%%";
    } else if (c == '\\' || byte < 0x20 || byte == 0x7f) {
      line += std::string("\\x") + kHexDigits[byte / 16] + kHexDigits[byte % 16];
    } else {
      line += c;
    }
  }
  return line;
}

/// A word of a command line.
std::string command_word(const std::string& text) {
  const bool plain = std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || std::string_view("/._-+").find(c) != std::string_view::npos; });
  if (plain) return text;
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    if (c == '%' || c == '$') word += c;
    word += c;
  }
  return word + "\"";
}

std::string made_from(const SourcePosition& where) {
  std::string text = "# Made by orchestratord-generator from " + plain_value(to_string(where)) + "; changes here are lost.\n";
  const bool plain = plain_value(where.file) == where.file && where.file.starts_with('/');
  return text + "[Unit]\nDocumentation=man:orchestrator.toml(5)\n" + (plain ? "SourcePath=" + where.file + "\n" : "");
}

std::string span_of(std::chrono::milliseconds duration) { return std::to_string(duration.count()) + "ms"; }

UnitFile timer_of(const Schedule& schedule) {
  const ScheduleSettings& settings = schedule.settings;
  std::string text = made_from(settings.where);
  text += "Description=Schedule of the sync job " + schedule.job + "\n\n[Timer]\n";
  text += "OnCalendar=" + plain_value(settings.calendar) + "\n";
  if (settings.randomized_delay) text += "RandomizedDelaySec=" + span_of(*settings.randomized_delay) + "\n";
  text += std::string("Persistent=") + (settings.persistent ? "yes" : "no") + "\n";
  return {unit_of_job(schedule.job, ".timer"), std::move(text), true};
}

// Only root may ask the system's daemon without a rule of polkit; it needs no right of root for that.
constexpr const char* kUnprivileged = "CapabilityBoundingSet=\nNoNewPrivileges=yes\n";

UnitFile service_of(const Schedule& schedule, TimerDoor door, const std::filesystem::path& program) {
  const bool asks_daemon = door == TimerDoor::Daemon;
  std::string text = made_from(schedule.settings.where);
  text += "Description=Sync job " + schedule.job;
  if (!schedule.description.empty()) text += ": " + plain_value(schedule.description);
  text += "\n";
  // One that is caught up begins as the machine does.
  if (asks_daemon) text += "Wants=network-online.target\nAfter=network-online.target orchestratord.service\n";
  if (!schedule.settings.on_battery) text += "ConditionACPower=yes\n";
  text += "\n[Service]\nType=oneshot\nExecStart=" + command_word(program.string());
  text += (asks_daemon ? " run --wait --quiet " : " --quiet --once ") + schedule.job + "\n";
  text += "# 4: the job is running already; 143: it was ended by 'systemctl stop'.\nSuccessExitStatus=4 143\n";
  if (asks_daemon) text += kUnprivileged;
  return {unit_of_job(schedule.job, ".service"), std::move(text), false};
}

}  // namespace

std::string escape_for_unit(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/') {
      escaped += '-';
    } else if (is_letter_or_digit(c) || c == ':' || c == '_' || (c == '.' && !escaped.empty())) {
      escaped += c;
    } else {
      escaped += std::string("\\x") + kHexDigits[byte / 16] + kHexDigits[byte % 16];
    }
  }
  return escaped;
}

std::string unit_of_job(std::string_view job, std::string_view ending) {
  return kJobUnitPrefix + escape_for_unit(job) + std::string(ending);
}

std::string job_of_unit(std::string_view unit) {
  const std::string_view prefix(kJobUnitPrefix);
  const std::size_t end = unit.rfind('.');
  if (!unit.starts_with(prefix) || end == std::string_view::npos || end < prefix.size()) return {};
  std::string_view rest = unit.substr(prefix.size(), end - prefix.size());
  std::string job;
  while (!rest.empty()) {
    // The only character of a job's name that is escaped.
    const bool dash = rest.starts_with("\\x2d");
    job += dash ? '-' : rest.front();
    rest.remove_prefix(dash ? 4 : 1);
  }
  return job;
}

std::vector<UnitFile> units_of_schedule(const Schedule& schedule, TimerDoor door, const std::filesystem::path& program) {
  return {timer_of(schedule), service_of(schedule, door, program)};
}

UnitFile mistakes_unit(const std::vector<ConfigError>& mistakes) {
  std::string text = made_from(mistakes.empty() ? SourcePosition() : mistakes.front().where);
  text += "Description=The configuration of sync jobs has mistakes, schedules may be missing\n\n";
  text += "[Service]\nType=oneshot\nSyslogIdentifier=orchestrator-config\nStandardInput=data\n";
  std::size_t count = 0;
  for (const ConfigError& mistake : mistakes) {
    if (++count > kMostMistakes) break;
    text += "StandardInputText=" + input_line(to_string(mistake)) + "\n";
  }
  if (count > kMostMistakes) text += "StandardInputText=and more: see 'orchestratord --check'\n";
  text += "StandardInputText=when they are mended: orchestratorctl reload\n";
  // It prints what is wrong, and that is the failure. 'systemctl status' leaves out what is said before systemd has noted
  // the start, which a command that is first can win by microseconds.
  text += "ExecStart=/bin/true\nExecStart=/bin/cat\nExecStart=/bin/false\n";
  return {kMistakesUnit, std::move(text), true};
}

}  // namespace orchestrator
