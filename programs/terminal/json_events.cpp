#include "programs/terminal/json_events.hpp"

#include <algorithm>
#include <cstdlib>

#include <nlohmann/json.hpp>

namespace orchestrator {

namespace {

using Parsed = nlohmann::json;

// Everything is read as if it could be missing or of another type: the other side may be of another version.
std::string text_in(const Parsed& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> number_in(const Parsed& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::optional<std::uint64_t> count_in(const Parsed& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::uint64_t>();
}

const Parsed& part_of(const Parsed& object, const char* key) {
  static const Parsed nothing;
  const auto found = object.find(key);
  return found != object.end() ? *found : nothing;
}

std::vector<std::string> words_in(const Parsed& object, const char* key) {
  std::vector<std::string> words;
  for (const Parsed& word : part_of(object, key)) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

Duration duration_in(const Parsed& object, const char* key) {
  const std::chrono::duration<double> seconds(number_in(object, key).value_or(0.0));
  return std::chrono::duration_cast<Duration>(seconds);
}

// Names have '_' or ' ' in them, depending on who wrote them.
bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x == '_' || x == '-' ? ' ' : x) == (y == '_' || y == '-' ? ' ' : y);
  });
}

template <class Enum>
Enum named(std::string_view name, Enum last, Enum otherwise) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    if (same_name(to_string(static_cast<Enum>(i)), name)) return static_cast<Enum>(i);
  }
  return otherwise;
}

Phase phase_in(const Parsed& object) { return named(text_in(object, "phase"), Phase::PostSync, Phase::Validate); }

RunState state_in(const Parsed& object) { return named(text_in(object, "state"), RunState::Interrupted, RunState::Failed); }

ItemEnd end_in(const Parsed& object) {
  const std::string name = text_in(object, "end");
  if (same_name(name, "synced not installed")) return ItemEnd::SyncedNotInstalled;
  return named(name, ItemEnd::SyncedNotInstalled, ItemEnd::Failed);
}

FailureKind failure_in(const Parsed& object, bool failed) {
  const std::string name = text_in(object, "failure");
  if (name == "configuration") return FailureKind::Configuration;
  if (name == "validation") return FailureKind::Validation;
  if (name == "busy") return FailureKind::Busy;
  return name == "work" || failed ? FailureKind::Work : FailureKind::None;
}

LogLevel level_in(const Parsed& object) {
  const std::string name = text_in(object, "level");
  if (name == "debug") return LogLevel::Debug;
  if (name == "warning") return LogLevel::Warning;
  return name == "error" ? LogLevel::Error : LogLevel::Info;
}

CancelReason reason_in(const Parsed& object) {
  CancelReason reason;
  const Parsed& told = part_of(object, "reason");
  if (told.is_string()) {
    const std::string text = told.get<std::string>();  // "cause: detail"
    const std::size_t colon = text.find(": ");
    reason.cause = named(text.substr(0, colon), CancelCause::Sleep, CancelCause::Operator);
    if (colon != std::string::npos) reason.detail = text.substr(colon + 2);
  } else if (told.is_object()) {
    reason.cause = named(text_in(told, "cause"), CancelCause::Sleep, CancelCause::Operator);
    reason.detail = text_in(told, "detail");
  }
  return reason;
}

Progress progress_in(const Parsed& object) {
  Progress progress;
  progress.fraction = number_in(object, "fraction");
  progress.bytes = count_in(object, "bytes");
  progress.bytes_per_second = number_in(object, "bytes_per_second");
  if (number_in(object, "remaining_seconds")) progress.remaining = duration_in(object, "remaining_seconds");
  progress.current = text_in(object, "current");
  return progress;
}

EventSink::Stopping stopping_in(const Parsed& object) {
  EventSink::Stopping what;
  what.reason = reason_in(object);
  what.level = text_in(object, "level") == "kill" ? CancelLevel::Kill : CancelLevel::Stop;
  for (const Parsed& entry : part_of(object, "processes")) {
    what.processes.emplace_back(text_in(entry, "host"), count_in(entry, "number").value_or(0));
  }
  return what;
}

JobPlan plan_in(const Parsed& object) {
  const Parsed& told = part_of(object, "plan");
  JobPlan plan;
  plan.hosts = words_in(told, "hosts");
  plan.commands = words_in(told, "commands");
  for (const Parsed& path : part_of(told, "paths")) {
    plan.paths.push_back({text_in(path, "host"), text_in(path, "path"), path.value("written", false)});
  }
  return plan;
}

ItemResult item_in(const Parsed& object) {
  ItemResult item;
  item.item = text_in(object, "item");
  item.end = end_in(object);
  item.phase = phase_in(object);
  item.took = duration_in(object, "seconds");
  item.bytes = count_in(object, "bytes");
  item.reason = text_in(object, "reason");
  item.plan = plan_in(object);
  return item;
}

RunError error_in(const Parsed& object) {
  RunError error;
  error.item = text_in(object, "item");
  error.phase = phase_in(object);
  error.message = text_in(object, "message");
  error.remedy = text_in(object, "remedy");
  error.host = text_in(object, "host");
  error.command = text_in(object, "command");
  error.status = text_in(object, "status");
  error.error_lines = words_in(object, "error_lines");
  return error;
}

RunResult result_in(const Parsed& object) {
  RunResult result;
  result.id = text_in(object, "run");
  result.job = text_in(object, "job");
  result.dry_run = object.value("dry_run", false);
  result.started_by = text_in(object, "started_by");
  result.state = state_in(object);
  result.failure = failure_in(object, result.state == RunState::Failed);
  if (!part_of(object, "reason").is_null()) result.reason = reason_in(object);
  result.skipped_because = text_in(object, "skipped_because");
  result.took = duration_in(object, "seconds");
  result.cancel_took = duration_in(object, "cancel_seconds");
  for (const Parsed& item : part_of(object, "items")) result.items.push_back(item_in(item));
  for (const Parsed& phase : part_of(object, "phases")) {
    result.phases.push_back({phase_in(phase), duration_in(phase, "seconds")});
  }
  for (const Parsed& error : part_of(object, "errors")) result.errors.push_back(error_in(error));
  result.warnings = words_in(object, "warnings");
  for (const Parsed& left : part_of(object, "leftovers")) {
    Leftover& leftover = result.leftovers.emplace_back();
    leftover.host = text_in(left, "host");
    leftover.group = text_in(left, "group");
    leftover.command = text_in(left, "command");
    leftover.why = text_in(left, "why");
  }
  for (const auto& [host, guarantee] : part_of(object, "guarantees").items()) {
    result.hosts.push_back(host);
    if (guarantee.is_string()) {
      result.guarantees[host] = named(guarantee.get<std::string>(), Guarantee::EndOfInput, Guarantee::Group);
    }
  }
  result.log_file = text_in(object, "log_file");
  return result;
}

}  // namespace

std::optional<ToldResult> result_of_json(std::string_view text) {
  const Parsed object = Parsed::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("state") || !object.contains("exit_code")) return std::nullopt;
  ToldResult told;
  told.result = result_in(object);
  told.exit_code = static_cast<int>(number_in(object, "exit_code").value_or(1));
  // What the store keeps of a run has its first error alone.
  if (const std::string error = text_in(object, "error"); !error.empty()) told.result.errors.emplace_back().message = error;
  return told;
}

void JsonEvents::line(std::string_view text) {
  const Parsed object = Parsed::parse(text, nullptr, false);
  if (!object.is_object()) return;
  const std::string type = text_in(object, "type");
  const std::string item = text_in(object, "item");
  if (type == "began") {
    sink_.run_began(text_in(object, "run"), text_in(object, "job"), words_in(object, "items"));
  } else if (type == "state") {
    sink_.state_changed(state_in(object));
  } else if (type == "item_began") {
    sink_.item_began(item, phase_in(object));
  } else if (type == "progress") {
    sink_.item_progress(item, progress_in(object));
  } else if (type == "item_ended") {
    sink_.item_ended(item, phase_in(object), end_in(object));
  } else if (type == "log") {
    const std::string host = text_in(object, "host");
    const std::string words = text_in(object, "text");
    sink_.log_line({level_in(object), item, host, words});
  } else if (type == "stopping") {
    sink_.stopping(stopping_in(object));
  } else if (type == "result") {
    result_ = result_in(object);
    exit_code_ = static_cast<int>(number_in(object, "exit_code").value_or(1));
  }
}

}  // namespace orchestrator
