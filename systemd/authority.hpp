#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "systemd/bus_connection.hpp"

namespace orchestrator {

/// Who calls a method.
struct Caller {
  std::string name;  ///< on the bus: ":1.42"
  uid_t uid = 0;
};
/// "uid 1000"
[[nodiscard]] std::string to_string(const Caller& caller);

/// What a caller may be allowed; each is an action of polkit.
enum class Permission : std::uint8_t { Run, DryRun, Cancel, Reload, Reconcile, ReadDetails };
/// "org.orchestratord.run"
[[nodiscard]] std::string_view action_id(Permission permission) noexcept;

/// Says who calls, and who may what. On the user's bus that is the user; on the system's bus root and our own user may
/// everything, and polkit decides about all others.
class Authority {
 public:
  /// \param bus outlives this.
  Authority(BusKind kind, BusConnection& bus) : kind_(kind), bus_(bus) {}

  /// \throws sdbus::Error when the caller has gone.
  [[nodiscard]] awaitable<Caller> who_is(std::string name);

  /// \param details for polkit's rules and questions: "job", "run".
  [[nodiscard]] awaitable<bool> allows(Caller caller, Permission permission, std::map<std::string, std::string> details);

 private:
  [[nodiscard]] awaitable<bool> polkit_allows(Caller caller, Permission permission,
                                              std::map<std::string, std::string> details);

  BusKind kind_;
  BusConnection& bus_;
  std::map<std::string, uid_t> known_;  // names are never given twice
};

}  // namespace orchestrator
