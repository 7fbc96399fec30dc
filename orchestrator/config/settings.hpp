#pragma once

#include "orchestrator/config/table.hpp"
#include "orchestrator/config/units.hpp"
#include "orchestrator/process/stop_ladder.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace orchestrator {

/// [orchestrator]
struct OrchestratorSettings {
  unsigned concurrency = 10;  ///< items at once in a run
  unsigned runs_at_once = 4;
};

enum class ForcedCommand { None, Rrsync, Other };
enum class IfUnreachable { Fail, Skip };

/// How often a host is asked whether it is still there, and how many silences mean that it is not.
struct Heartbeat {
  std::chrono::milliseconds every = std::chrono::seconds(5);
  unsigned misses = 3;
};

/// [hosts.NAME]
struct HostSettings {
  std::string name;
  std::string address;  ///< name or IPv4/IPv6 address, as written
  std::uint16_t port = 22;
  std::string user;                               ///< login name over there
  std::optional<std::filesystem::path> identity;  ///< private key file; none: the agent
  std::optional<std::string> passphrase;          ///< of the identity; may hold references
  std::filesystem::path known_hosts;
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  Heartbeat heartbeat;
  unsigned max_sessions = 10;  ///< on one connection, the warden's included
  ForcedCommand forced_command = ForcedCommand::None;
  bool sudo = false;
  IfUnreachable if_unreachable = IfUnreachable::Fail;
  ConfigTable table;  ///< the same with positions, for messages
};

/// Reads ["TERM", "5s", "KILL"]: signals with waits between them, KILL last and only there.
/// \throws ParseError
[[nodiscard]] StopLadder parse_stop_ladder(const StringList& words);

enum class OnItemFailure { Continue, Abort };

/// What a run does when nobody can say how full a disk is.
enum class OnUnknown { Continue, Cancel };

/// [disk], and what [jobs.NAME.disk] says otherwise.
struct DiskSettings {
  Threshold preflight_minimum{Percentage(20)};
  Threshold warning_threshold{Percentage(25)};
  Threshold runtime_minimum{Percentage(15)};
  std::chrono::milliseconds check_interval = std::chrono::seconds(30);
  OnUnknown on_unknown = OnUnknown::Continue;
  ByteSize state_reserve{64 << 20};  ///< for our own state directory
};

/// When a timer starts a job.
struct ScheduleSettings {
  std::string calendar;  ///< parse_calendar takes it
  std::optional<std::chrono::milliseconds> randomized_delay;
  bool persistent = true;
  bool on_battery = true;
  SourcePosition where;
};

/// What every [jobs.NAME] has, whatever its type.
struct JobCommon {
  std::string description;
  std::optional<std::chrono::milliseconds> timeout;  ///< none: no limit
  StopLadder stop;
  std::string overlap = "skip";
  unsigned concurrency = 10;  ///< of the job, else [defaults], else [orchestrator]
  OnItemFailure on_item_failure = OnItemFailure::Continue;
  std::optional<std::chrono::milliseconds> stall_timeout;  ///< none: an item may be silent for ever
  DiskSettings disk;
  std::string run_as;  ///< user of this machine that its commands here run as; empty: our own
  std::optional<ScheduleSettings> schedule;
};

/// The typed form of a table that passed its check and has its defaults.
[[nodiscard]] OrchestratorSettings orchestrator_settings(const ConfigTable& table);
[[nodiscard]] HostSettings host_settings(const std::string& name, const ConfigTable& table);
[[nodiscard]] JobCommon job_common(const ConfigTable& table);
[[nodiscard]] ScheduleSettings schedule_settings(const ConfigTable& table);
/// `disk` is [disk], `job` what a job has of its own: null where it has nothing.
[[nodiscard]] DiskSettings disk_settings(const ConfigTable& disk, const ConfigTable* job);

}  // namespace orchestrator
