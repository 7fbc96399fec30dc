#include "programs/terminal/summary.hpp"

#include <algorithm>
#include <csignal>
#include <set>

#include "orchestrator/tasks/format_duration.hpp"
#include "programs/terminal/numbers.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kWidestItem = 40;
constexpr std::size_t kShownErrors = 10;

std::string on_host(const std::string& host, Charset charset) {
  return host.empty() ? "here" : "on " + printable(host, charset);
}

// "here", "here or on nas", "here, on a or on b"
std::string places(const RunResult& result, Charset charset) {
  std::set<std::string> hosts(result.hosts.begin(), result.hosts.end());
  for (const auto& [host, guarantee] : result.guarantees) hosts.insert(host);
  hosts.erase("");
  std::vector<std::string> all{"here"};
  for (const std::string& host : hosts) all.push_back(on_host(host, charset));
  std::string text = all.front();
  for (std::size_t at = 1; at < all.size(); ++at) text += (at + 1 == all.size() ? " or " : ", ") + all[at];
  return text;
}

std::string leftover_text(const Leftover& left, Charset charset) {
  std::string text = on_host(left.host, charset);
  if (!left.group.empty()) text += ", process group " + printable(left.group, charset);
  if (!left.command.empty()) text += ", '" + printable(left.command, charset) + "'";
  if (!left.why.empty()) text += ": " + printable(left.why, charset);
  return text;
}

std::string remains_text(const RunResult& result, Charset charset) {
  if (result.leftovers.empty()) return "nothing left " + places(result, charset);
  return "could not confirm that " + format_count(result.leftovers.size(), "process group is", "process groups are") +
         " gone";
}

std::string state_text(const RunResult& result) {
  switch (result.state) {
    case RunState::Succeeded:
      if (result.dry_run) return "dry run succeeded";
      if (result.warnings.empty()) return "succeeded";
      return "succeeded with " + format_count(result.warnings.size(), "warning", "warnings");
    case RunState::Failed:
      if (result.failure == FailureKind::Validation) return "not started, " + std::string("validation found problems");
      if (result.failure == FailureKind::Busy) return "not started, busy";
      return "failed";
    case RunState::Cancelled: return "cancelled";
    case RunState::TimedOut: return "timed out";
    case RunState::Skipped: return "skipped" + (result.skipped_because.empty() ? "" : ", " + result.skipped_because);
    default: return std::string(to_string(result.state));
  }
}

bool was_stopped(const RunResult& result) {
  return result.state == RunState::Cancelled || result.state == RunState::TimedOut;
}

std::uint64_t total_bytes(const RunResult& result) {
  std::uint64_t sum = 0;
  for (const ItemResult& item : result.items) sum += item.bytes.value_or(0);
  return sum;
}

Colour colour_of(const RunResult& result) {
  if (!result.leftovers.empty()) return Colour::Red;
  if (result.state == RunState::Succeeded) return result.warnings.empty() ? Colour::Green : Colour::Yellow;
  return was_stopped(result) || result.state == RunState::Skipped ? Colour::Yellow : Colour::Red;
}

// "SIGINT", "deadline: limit of 2 h"
std::string reason_text(const CancelReason& reason) {
  const bool named = reason.cause == CancelCause::Signal && !reason.detail.empty();
  return named ? reason.detail : to_string(reason);
}

void append_phases(std::string& out, const RunResult& result) {
  std::string line;
  for (const PhaseTime& phase : result.phases) {
    line += (line.empty() ? "" : ", ") + std::string(to_string(phase.phase)) + " " + format_duration(phase.took);
  }
  if (!line.empty()) out += "  phases     " + line + "\n";
}

void append_items(std::string& out, const RunResult& result, Charset charset) {
  std::size_t name_width = 0;
  std::size_t end_width = 0;
  for (const ItemResult& item : result.items) {
    name_width = std::max(name_width, display_width(printable(item.item, charset)));
    end_width = std::max(end_width, to_string(item.end).size());
  }
  name_width = std::min(name_width, kWidestItem);
  for (const ItemResult& item : result.items) {
    const std::string name = keep_end(printable(item.item, charset), name_width, charset);
    std::string line = "  item       " + pad_right(name, name_width) + "  " +
                       pad_right(to_string(item.end), end_width) + "  " + pad_left(format_duration(item.took), 6);
    if (item.bytes) line += "  " + format_bytes(*item.bytes);
    if (!item.reason.empty()) line += "  in " + std::string(to_string(item.phase)) + ": " + printable(item.reason, charset);
    out += line + "\n";
  }
}

// Those of which there is something to tell.
void append_disks(std::string& out, const RunResult& result, Charset charset) {
  for (const DiskSeen& disk : result.disks) {
    if ((disk.warnings == 0 && disk.note.empty()) || disk.usable == 0) continue;
    const double share = static_cast<double>(disk.least_available) / static_cast<double>(disk.usable);
    std::string line = printable(disk.path, charset) + " " + on_host(disk.host, charset) + ": at least " +
                       format_bytes(disk.least_available) + " (" + format_fraction(share) + ") " +
                       (disk.quota.empty() ? "" : "of the quota of " + printable(disk.quota, charset) + " ") + "free";
    if (disk.highest_rate > 0) line += ", filled at up to " + format_rate(disk.highest_rate);
    out += "  disk       " + line + "\n";
  }
}

void append_warnings(std::string& out, const RunResult& result, const TerminalStyle& style) {
  for (const std::string& warning : result.warnings) {
    out += "  " + coloured(Colour::Yellow, "warning", style) + "    " + printable(warning, style.charset) + "\n";
  }
}

void append_guarantees(std::string& out, const RunResult& result, Charset charset) {
  std::string line;
  for (const auto& [host, guarantee] : result.guarantees) {
    line += (line.empty() ? "" : ", ") + std::string(to_string(guarantee)) + " " + on_host(host, charset);
  }
  if (!line.empty()) out += "  guarantee  " + line + "\n";
}

// A label, and text that may have several lines, all of them indented alike.
void append_labelled(std::string& out, const std::string& label, const std::string& text, Charset charset) {
  std::string head = "  " + pad_right(label, 11);
  for (const std::string& line : printable_lines(text, charset)) {
    out += head + line + "\n";
    head.assign(13, ' ');
  }
}

void append_error(std::string& out, const RunError& error, Charset charset) {
  append_labelled(out, "error", error.message, charset);
  if (!error.command.empty()) {
    append_labelled(out, "command", error.command, charset);
    append_labelled(out, "host", error.host.empty() ? "this machine" : error.host, charset);
  }
  append_labelled(out, "ended", error.status, charset);
  const std::size_t all = error.error_lines.size();
  for (std::size_t at = all > kShownErrorLines ? all - kShownErrorLines : 0; at < all; ++at) {
    out += "    | " + printable(error.error_lines[at], charset) + "\n";
  }
  append_labelled(out, "remedy", error.remedy, charset);
}

void append_problems(std::string& out, const RunResult& result, Charset charset) {
  for (const RunError& error : result.errors) {
    if (!error.item.empty() && result.items.size() > 1) append_labelled(out, "item", error.item, charset);
    append_error(out, error, charset);
  }
}

void append_plan(std::string& out, const ItemResult& item, Charset charset) {
  append_labelled(out, "item", item.item, charset);
  for (const PlannedPath& path : item.plan.paths) {
    append_labelled(out, path.written ? "writes" : "reads", path.path + " " + (path.host.empty() ? "here" : "on " + path.host),
                    charset);
  }
  for (const std::string& command : item.plan.commands) append_labelled(out, "runs", command, charset);
}

std::string failure_heading(const RunResult& result, Charset charset) {
  const RunError& first = result.errors.front();
  const std::string job = "'" + printable(result.job, charset) + "'";
  if (result.failure == FailureKind::Validation) {
    return job + " was not started: " + format_count(result.errors.size(), "problem", "problems") +
           " found; nothing was changed";
  }
  if (result.failure == FailureKind::Busy || result.failure == FailureKind::Configuration) {
    return job + " was not started";
  }
  return job + " failed in " + std::string(to_string(first.phase));
}

}  // namespace

std::string stopping_text(const EventSink::Stopping& what, const std::string& job, Charset charset) {
  const bool interrupt = what.reason.cause == CancelCause::Signal && what.reason.signal == SIGINT;
  std::string text = interrupt ? "^C" : printable(what.reason.detail, charset);
  if (text.empty()) text = std::string(to_string(what.reason.cause));
  const bool kill = what.level == CancelLevel::Kill;
  text += kill ? ": killing '" : ": stopping '";
  text += printable(job, charset) + "'";

  std::string numbers;
  bool counted = false;
  for (const auto& [host, number] : what.processes) {
    if (number == 0) continue;
    numbers += numbers.empty() ? "" : ", ";
    numbers += counted ? std::to_string(number) : format_count(number, "process", "processes");
    counted = true;
    numbers += " " + on_host(host, charset);
  }
  if (!numbers.empty()) text += " (" + numbers + ")";
  if (!kill && what.reason.cause == CancelCause::Signal) text += "; again to kill";
  return text;
}

std::string ending_text(const RunResult& result, Charset charset) {
  const Duration took = was_stopped(result) ? result.cancel_took : result.took;
  std::string text = printable(result.job, charset) + ": " + printable(state_text(result), charset);
  if (result.state == RunState::TimedOut) {
    text += " after " + format_duration(result.took) + ", ended within " + format_duration(took);
  } else if (result.failure != FailureKind::Validation && result.failure != FailureKind::Busy &&
             result.state != RunState::Skipped) {
    text += " after " + format_duration(took);
  }
  if (result.state == RunState::Succeeded) {
    if (result.dry_run) return text + "; nothing was changed";
    if (const std::uint64_t bytes = total_bytes(result); bytes > 0) text += ", " + format_bytes(bytes);
    if (result.leftovers.empty()) return text;
  }
  return text + "; " + remains_text(result, charset);
}

std::string summary_text(const RunResult& result, const TerminalStyle& style) {
  const Charset charset = style.charset;
  std::string out = coloured(colour_of(result), ending_text(result, charset), style) + "\n";
  for (const Leftover& left : result.leftovers) append_labelled(out, "left", leftover_text(left, charset), charset);
  if (was_stopped(result)) {
    if (result.reason) append_labelled(out, "reason", reason_text(*result.reason), charset);
    append_labelled(out, "ran", format_duration(result.took), charset);
  }
  append_phases(out, result);
  if (result.dry_run) {
    for (const ItemResult& item : result.items) append_plan(out, item, charset);
  } else {
    append_items(out, result, charset);
  }
  append_disks(out, result, charset);
  append_warnings(out, result, style);
  append_guarantees(out, result, charset);
  append_labelled(out, "log", result.log_file, charset);
  return out;
}

std::string failure_text(const RunResult& result, const TerminalStyle& style) {
  if (result.errors.empty()) return {};
  const Charset charset = style.charset;
  std::string out = coloured(Colour::Red, failure_heading(result, charset), style) + "\n";
  if (result.failure == FailureKind::Validation || result.failure == FailureKind::Configuration) {
    append_problems(out, result, charset);
    return out;
  }
  const RunError& first = result.errors.front();
  append_labelled(out, "item", first.item, charset);
  append_error(out, first, charset);
  const std::size_t last = std::min(result.errors.size(), kShownErrors + 1);
  for (std::size_t at = 1; at < last; ++at) {
    const RunError& error = result.errors[at];
    append_labelled(out, "also", (error.item.empty() ? "" : error.item + ": ") + error.message, charset);
  }
  if (result.errors.size() > last) {
    append_labelled(out, "", "and " + std::to_string(result.errors.size() - last) + " more, in the log", charset);
  }
  return out;
}

}  // namespace orchestrator
