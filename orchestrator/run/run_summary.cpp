#include "orchestrator/run/run_summary.hpp"

#include <nlohmann/json.hpp>

#include "orchestrator/run/exit_code.hpp"

namespace orchestrator {

std::string run_summary(const RunResult& result, bool strict) {
  nlohmann::ordered_json json;
  json["state"] = to_string(result.state);
  json["exit_code"] = exit_code(result, strict);
  if (!result.started_by.empty()) json["started_by"] = result.started_by;
  if (result.reason) json["reason"] = to_string(*result.reason);
  if (!result.errors.empty()) json["error"] = result.errors.front().message;
  nlohmann::ordered_json leftovers = nlohmann::ordered_json::array();
  for (const Leftover& left : result.leftovers) {
    leftovers.push_back({{"host", left.host}, {"group", left.group}, {"command", left.command}, {"why", left.why}});
  }
  json["leftovers"] = std::move(leftovers);
  nlohmann::ordered_json disks = nlohmann::ordered_json::array();
  for (const DiskSeen& disk : result.disks) {
    disks.push_back({{"host", disk.host},
                     {"path", disk.path},
                     {"usable", disk.usable},
                     {"least_available", disk.least_available},
                     {"highest_rate", disk.highest_rate},
                     {"warnings", disk.warnings},
                     {"quota", disk.quota},
                     {"note", disk.note}});
  }
  json["disks"] = std::move(disks);
  nlohmann::ordered_json guarantees = nlohmann::ordered_json::object();
  for (const auto& [host, guarantee] : result.guarantees) guarantees[host] = to_string(guarantee);
  json["guarantees"] = std::move(guarantees);
  // What programs print may be no UTF-8.
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<int> summary_exit_code(const std::string& summary) {
  const auto json = nlohmann::ordered_json::parse(summary, nullptr, false);
  if (!json.is_object() || !json.contains("exit_code") || !json["exit_code"].is_number_integer()) return std::nullopt;
  return json["exit_code"].get<int>();
}

}  // namespace orchestrator
