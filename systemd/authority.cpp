#include "systemd/authority.hpp"

#include <unistd.h>

#include "systemd/bus_call.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kMostKnownCallers = 1000;

constexpr BusMethod kAskForUser{"org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                "GetConnectionUnixUser"};
constexpr BusMethod kAskPolkit{"org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                               "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization"};

/// An agent of the caller may ask for a password.
constexpr std::uint32_t kAllowUserInteraction = 1;

using PolkitSubject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;
using PolkitAnswer = sdbus::Struct<bool, bool, std::map<std::string, std::string>>;

}  // namespace

std::string to_string(const Caller& caller) { return "uid " + std::to_string(caller.uid); }

std::string_view action_id(Permission permission) noexcept {
  switch (permission) {
    case Permission::Run: return "org.orchestratord.run";
    case Permission::DryRun: return "org.orchestratord.dry-run";
    case Permission::Cancel: return "org.orchestratord.cancel";
    case Permission::Reload: return "org.orchestratord.reload";
    case Permission::Reconcile: return "org.orchestratord.reconcile";
    case Permission::ReadDetails: return "org.orchestratord.read-details";
  }
  return "";
}

awaitable<Caller> Authority::who_is(std::string name) {
  Caller caller;
  caller.name = name;
  if (const auto known = known_.find(name); known != known_.end()) {
    caller.uid = known->second;
    co_return caller;
  }
  caller.uid = co_await call_bus<std::uint32_t>(bus_, kAskForUser, name);
  if (known_.size() >= kMostKnownCallers) known_.clear();
  known_[name] = caller.uid;
  co_return caller;
}

awaitable<bool> Authority::allows(Caller caller, Permission permission, std::map<std::string, std::string> details) {
  if (caller.uid == 0 || caller.uid == ::geteuid()) co_return true;
  if (kind_ == BusKind::User) co_return false;
  const bool allowed = co_await polkit_allows(std::move(caller), permission, std::move(details));
  co_return allowed;
}

awaitable<bool> Authority::polkit_allows(Caller caller, Permission permission,
                                         std::map<std::string, std::string> details) {
  std::map<std::string, sdbus::Variant> who;
  who.emplace("name", sdbus::Variant(caller.name));
  PolkitSubject subject(std::string("system-bus-name"), std::move(who));
  std::string action(action_id(permission));
  std::string cannot_be_cancelled;
  try {
    const PolkitAnswer answer =
        co_await call_bus<PolkitAnswer>(bus_, kAskPolkit, std::move(subject), std::move(action), std::move(details),
                                        kAllowUserInteraction, std::move(cannot_be_cancelled));
    co_return std::get<0>(answer);
  } catch (const sdbus::Error&) {
    // Without polkit nobody else is allowed anything.
  }
  co_return false;
}

}  // namespace orchestrator
