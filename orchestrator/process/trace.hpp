#pragma once
#include <string>
#include <string_view>

namespace orchestrator {

/// The variable that every command of a run carries: 32 hexadecimal digits of the run, a dot, 8 of the command.
inline constexpr std::string_view kCommandCookie = "ORCHESTRATOR_COMMAND";

/// What a command can be found by when whoever started it is gone. Ids are text, as their host has them.
struct ProcessTrace {
  std::string cookie{};      ///< value of `kCommandCookie` in its environment; empty: it has none
  std::string boot_id{};     ///< of the host when it was started; empty where unknown, as the rest
  std::string group{};       ///< process group
  std::string start_time{};  ///< of the group's leader, in ticks after boot

  friend bool operator==(const ProcessTrace&, const ProcessTrace&) = default;
};

}  // namespace orchestrator
