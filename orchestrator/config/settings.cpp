#include "orchestrator/config/settings.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "orchestrator/config/error.hpp"

namespace orchestrator {
namespace {

constexpr std::array<std::string_view, 7> kStopSignals{"TERM", "INT",  "HUP", "QUIT",
                                                       "USR1", "USR2", "KILL"};

[[noreturn]] void refuse_ladder(const std::string& reason) {
  throw ParseError("is not a stop ladder: " + reason + ", as in [\"TERM\", \"5s\", \"KILL\"]");
}

std::chrono::milliseconds parse_wait(const std::string& word) {
  std::chrono::milliseconds wait{0};
  try {
    wait = parse_duration(word);
  } catch (const ParseError&) {
    refuse_ladder("'" + word + "' stands where a wait is expected");
  }
  if (wait.count() == 0) refuse_ladder("a wait must be longer than nothing");
  return wait;
}

template <class T>
std::optional<T> optional_value(const ConfigTable& table, std::string_view key) {
  const T* value = table.find<T>(key);
  if (value == nullptr) return std::nullopt;
  return *value;
}

unsigned as_unsigned(const ConfigTable& table, std::string_view key) {
  return static_cast<unsigned>(table.get<std::int64_t>(key));
}

ForcedCommand forced_command(const std::string& word) {
  if (word == "rrsync") return ForcedCommand::Rrsync;
  return word == "other" ? ForcedCommand::Other : ForcedCommand::None;
}

}  // namespace

StopLadder parse_stop_ladder(const StringList& words) {
  StopLadder ladder;
  ladder.rungs.clear();
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i % 2 == 1) {
      ladder.rungs.back().wait = parse_wait(words[i]);
      continue;
    }
    if (std::ranges::find(kStopSignals, words[i]) == kStopSignals.end())
      refuse_ladder("'" + words[i] +
                    "' is none of the signals TERM, INT, HUP, QUIT, USR1, USR2, KILL");
    if (words[i] == "KILL" && i + 1 != words.size()) refuse_ladder("nothing may follow KILL");
    ladder.rungs.push_back({words[i], Duration::zero()});
  }
  if (words.empty() || words.back() != "KILL") refuse_ladder("it must end with KILL");
  return ladder;
}

OrchestratorSettings orchestrator_settings(const ConfigTable& table) {
  OrchestratorSettings settings;
  settings.concurrency = as_unsigned(table, "concurrency");
  settings.runs_at_once = as_unsigned(table, "runs_at_once");
  return settings;
}

HostSettings host_settings(const std::string& name, const ConfigTable& table) {
  HostSettings host;
  host.name = name;
  host.address = table.get<std::string>("address");
  host.port = static_cast<std::uint16_t>(table.get<std::int64_t>("port"));
  host.user = table.get<std::string>("user");
  if (const auto identity = optional_value<std::string>(table, "identity"))
    host.identity = *identity;
  host.passphrase = optional_value<std::string>(table, "passphrase");
  host.known_hosts = table.get<std::string>("known_hosts");
  host.connect_timeout = table.get<std::chrono::milliseconds>("connect_timeout");
  const auto& heartbeat = table.get<ConfigTable>("heartbeat");
  host.heartbeat.every = heartbeat.get<std::chrono::milliseconds>("every");
  host.heartbeat.misses = as_unsigned(heartbeat, "misses");
  host.max_sessions = as_unsigned(table, "max_sessions");
  host.forced_command = forced_command(table.get<std::string>("forced_command"));
  host.sudo = table.get<bool>("sudo");
  if (table.get<std::string>("if_unreachable") == "skip") host.if_unreachable = IfUnreachable::Skip;
  host.table = table;
  return host;
}

JobCommon job_common(const ConfigTable& table) {
  JobCommon common;
  common.description = table.get<std::string>("description");
  common.timeout = optional_value<std::chrono::milliseconds>(table, "timeout");
  common.stop = parse_stop_ladder(table.get<StringList>("stop"));
  common.overlap = table.get<std::string>("overlap");
  common.concurrency = as_unsigned(table, "concurrency");
  common.run_as = optional_value<std::string>(table, "run_as").value_or("");
  common.stall_timeout = optional_value<std::chrono::milliseconds>(table, "stall_timeout");
  if (table.get<std::string>("on_item_failure") == "abort")
    common.on_item_failure = OnItemFailure::Abort;
  if (const auto* schedule = table.find<ConfigTable>("schedule"))
    common.schedule = schedule_settings(*schedule);
  return common;
}

ScheduleSettings schedule_settings(const ConfigTable& table) {
  ScheduleSettings schedule;
  schedule.calendar = table.get<std::string>("calendar");
  schedule.randomized_delay = optional_value<std::chrono::milliseconds>(table, "randomized_delay");
  schedule.persistent = table.get<bool>("persistent");
  schedule.on_battery = table.get<bool>("on_battery");
  schedule.where = table.where();
  return schedule;
}

DiskSettings disk_settings(const ConfigTable& disk, const ConfigTable* job) {
  const auto table_of = [&disk, job](std::string_view key) -> const ConfigTable& {
    return job != nullptr && job->entry(key) != nullptr ? *job : disk;
  };
  const auto threshold = [&table_of](std::string_view key) {
    return table_of(key).get<Threshold>(key);
  };
  DiskSettings settings;
  settings.preflight_minimum = threshold("preflight_minimum");
  settings.warning_threshold = threshold("warning_threshold");
  settings.runtime_minimum = threshold("runtime_minimum");
  settings.check_interval =
      table_of("check_interval").get<std::chrono::milliseconds>("check_interval");
  if (table_of("on_unknown").get<std::string>("on_unknown") == "cancel")
    settings.on_unknown = OnUnknown::Cancel;
  settings.state_reserve = table_of("state_reserve").get<ByteSize>("state_reserve");
  return settings;
}

}  // namespace orchestrator
