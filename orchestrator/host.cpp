#include "orchestrator/host.hpp"

namespace orchestrator {

std::string_view to_string(Guarantee guarantee) noexcept {
  switch (guarantee) {
    case Guarantee::Complete: return "complete";
    case Guarantee::Cookie: return "cookie";
    case Guarantee::Group: return "group";
    case Guarantee::EndOfInput: return "end of input";
  }
  return "unknown";
}

LockBusy::LockBusy(const std::string& name, std::string holder)
    : Error("'" + name + "' is busy: " + (holder.empty() ? "held by another run" : "held by " + holder),
            "wait for it to end, or cancel it; never delete the lock file"),
      holder_(std::move(holder)) {}

awaitable<std::unique_ptr<HostLock>> Host::share_lock(std::string lock_name, std::string /*holder*/) {
  throw LockNotPossible("'" + name() + "' has no shared locks, such as '" + lock_name + "'");
  co_return nullptr;
}

awaitable<std::optional<bool>> Host::finds(std::string /*program*/, std::string /*path*/) { co_return std::nullopt; }

}  // namespace orchestrator
