#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "orchestrator/process/keeper_protocol.hpp"

namespace orchestrator {

/// A request with the descriptors that came with it, which are the receiver's to close. Links nothing: the keeper has it too.
struct PassedRequest {
  KeeperRequest request;
  std::array<int, kMostPassed> descriptors{};
  std::size_t count = 0;
};

/// Sends a request and copies of descriptors (unix(7), SCM_RIGHTS). Never waits.
/// \return whether somebody will get it. More than `kMostPassed` descriptors: nobody does.
bool pass_request(int socket, const KeeperRequest& request, std::span<const int> descriptors) noexcept;

/// Waits for the next request; its descriptors are closed on exec. None: the line is closed, that was no
/// request, or there was no room for all of its descriptors, none of which is left open then.
[[nodiscard]] std::optional<PassedRequest> take_request(int socket) noexcept;

}  // namespace orchestrator
