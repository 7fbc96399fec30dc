#include "programs/terminal/json_lines.hpp"

#include <chrono>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

namespace orchestrator {

namespace {

using Json = nlohmann::ordered_json;

double json_seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Json json_object(const char* type) {
  Json object;
  object["schema"] = kJsonSchema;
  object["type"] = type;
  return object;
}

std::string json_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string utc_time(std::chrono::system_clock::time_point when) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
  const std::time_t time = seconds.count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(time), (ms - seconds).count());
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return "debug";
    case LogLevel::Info: return "info";
    case LogLevel::Warning: return "warning";
    case LogLevel::Error: return "error";
  }
  return "";
}

template <class List, class Function>
Json json_list(const List& list, Function function) {
  Json array = Json::array();
  for (const auto& element : list) array.push_back(function(element));
  return array;
}

std::string_view end_name(ItemEnd end) {
  switch (end) {
    case ItemEnd::NotStarted: return "not_started";
    case ItemEnd::Succeeded: return "succeeded";
    case ItemEnd::Failed: return "failed";
    case ItemEnd::Cancelled: return "cancelled";
    case ItemEnd::SyncedNotInstalled: return "synced_not_installed";
  }
  return "";
}

Json failure_json(FailureKind kind) {
  switch (kind) {
    case FailureKind::None: return nullptr;
    case FailureKind::Work: return "work";
    case FailureKind::Configuration: return "configuration";
    case FailureKind::Validation: return "validation";
    case FailureKind::Busy: return "busy";
    case FailureKind::Stall: return "stall";
  }
  return nullptr;
}

Json reason_json(const CancelReason& reason) {
  Json object;
  object["cause"] = to_string(reason.cause);
  object["detail"] = reason.detail;
  return object;
}

Json plan_json(const JobPlan& plan) {
  Json object;
  object["hosts"] = plan.hosts;
  object["paths"] = json_list(plan.paths, [](const PlannedPath& path) {
    return Json{{"host", path.host}, {"path", path.path}, {"written", path.written}};
  });
  object["commands"] = plan.commands;
  return object;
}

Json item_json(const ItemResult& item) {
  Json object;
  object["item"] = item.item;
  object["end"] = end_name(item.end);
  object["phase"] = to_string(item.phase);
  object["seconds"] = json_seconds(item.took);
  object["bytes"] = item.bytes ? Json(*item.bytes) : Json();
  object["reason"] = item.reason;
  object["plan"] = plan_json(item.plan);
  return object;
}

void put_disk(Json& object, const DiskSeen& disk) {
  object["host"] = disk.host;
  object["path"] = disk.path;
  object["usable"] = disk.usable;
  object["available"] = disk.available;
  object["least_available"] = disk.least_available;
  object["usable_inodes"] = disk.usable_inodes;
  object["least_available_inodes"] = disk.least_available_inodes;
  object["rate"] = disk.rate;
  object["highest_rate"] = disk.highest_rate;
  object["warnings"] = disk.warnings;
  object["quota"] = disk.quota;
  object["note"] = disk.note;
}

Json disk_json(const DiskSeen& disk) {
  Json object;
  put_disk(object, disk);
  return object;
}

Json error_json(const RunError& error) {
  Json object;
  object["item"] = error.item;
  object["phase"] = to_string(error.phase);
  object["message"] = error.message;
  object["remedy"] = error.remedy;
  if (!error.command.empty()) {
    object["host"] = error.host;
    object["command"] = error.command;
    object["status"] = error.status;
    object["error_lines"] = error.error_lines;
  }
  return object;
}

}  // namespace

std::string began_line(const std::string& id, const std::string& job, const std::vector<std::string>& items) {
  Json object = json_object("began");
  object["run"] = id;
  object["job"] = job;
  object["items"] = items;
  return json_line(object);
}

std::string state_line(RunState state) {
  Json object = json_object("state");
  object["state"] = to_string(state);
  return json_line(object);
}

std::string item_began_line(const std::string& item, Phase phase) {
  Json object = json_object("item_began");
  object["item"] = item;
  object["phase"] = to_string(phase);
  return json_line(object);
}

std::string progress_line(const std::string& item, Phase phase, const Progress& progress) {
  Json object = json_object("progress");
  object["item"] = item;
  object["phase"] = to_string(phase);
  if (progress.fraction) object["fraction"] = *progress.fraction;
  if (progress.bytes) object["bytes"] = *progress.bytes;
  if (progress.bytes_per_second) object["bytes_per_second"] = *progress.bytes_per_second;
  if (progress.remaining) object["remaining_seconds"] = json_seconds(*progress.remaining);
  if (!progress.current.empty()) object["current"] = progress.current;
  return json_line(object);
}

std::string disk_line(const DiskSeen& disk) {
  Json object = json_object("disk");
  put_disk(object, disk);
  return json_line(object);
}

std::string item_ended_line(const std::string& item, Phase phase, ItemEnd end) {
  Json object = json_object("item_ended");
  object["item"] = item;
  object["phase"] = to_string(phase);
  object["end"] = end_name(end);
  return json_line(object);
}

std::string log_json_line(const LogLine& line) {
  Json object = json_object("log");
  object["level"] = level_name(line.level);
  if (!line.item.empty()) object["item"] = line.item;
  if (!line.host.empty()) object["host"] = line.host;
  object["text"] = line.text;
  return json_line(object);
}

std::string stopping_line(const EventSink::Stopping& what) {
  Json object = json_object("stopping");
  object["level"] = to_string(what.level);
  object["reason"] = reason_json(what.reason);
  const auto count = [](const std::pair<std::string, std::size_t>& entry) {
    return Json{{"host", entry.first}, {"number", entry.second}};
  };
  object["processes"] = json_list(what.processes, count);
  return json_line(object);
}

std::string result_line(const RunResult& result, int exit_code) {
  Json object = json_object("result");
  object["run"] = result.id;
  object["job"] = result.job;
  object["dry_run"] = result.dry_run;
  object["started_by"] = result.started_by;
  object["state"] = to_string(result.state);
  object["exit_code"] = exit_code;
  object["failure"] = failure_json(result.failure);
  object["reason"] = result.reason ? reason_json(*result.reason) : Json();
  object["skipped_because"] = result.skipped_because;
  object["began"] = utc_time(result.began);
  object["seconds"] = json_seconds(result.took);
  object["cancel_seconds"] = result.reason ? Json(json_seconds(result.cancel_took)) : Json();
  object["items"] = json_list(result.items, item_json);
  object["phases"] = json_list(result.phases, [](const PhaseTime& phase) {
    return Json{{"phase", to_string(phase.phase)}, {"seconds", json_seconds(phase.took)}};
  });
  object["errors"] = json_list(result.errors, error_json);
  object["warnings"] = result.warnings;
  object["disks"] = json_list(result.disks, disk_json);
  object["leftovers"] = json_list(result.leftovers, [](const Leftover& left) {
    return Json{{"host", left.host}, {"group", left.group}, {"command", left.command}, {"why", left.why}};
  });
  object["guarantees"] = Json::object();
  for (const auto& [host, guarantee] : result.guarantees) object["guarantees"][host] = to_string(guarantee);
  object["log_file"] = result.log_file;
  return json_line(object);
}

std::string reconciled_line(const Reconciled& outcome, int exit_code) {
  Json line = json_object("reconciled");
  line["exit_code"] = exit_code;
  line["interrupted"] = json_list(outcome.interrupted, [](const StoredRun& run) {
    Json object;
    object["run"] = run.id;
    object["job"] = run.job;
    object["began"] = utc_time(run.began);
    return object;
  });
  const auto leftover = [](const Leftover& left) {
    Json object;
    object["group"] = left.group;
    object["why"] = left.why;
    return object;
  };
  const auto command = [&leftover](const ReconciledCommand& one) {
    Json object;
    object["run"] = one.command.run;
    object["command"] = one.command.text;
    object["leftovers"] = json_list(one.left, leftover);
    return object;
  };
  line["hosts"] = json_list(outcome.hosts, [&command](const ReconciledHost& host) {
    Json object;
    object["host"] = host.host;
    object["all_gone"] = host.all_gone();
    if (!host.problem.empty()) object["problem"] = host.problem;
    object["commands"] = json_list(host.commands, command);
    return object;
  });
  return json_line(line);
}

}  // namespace orchestrator
