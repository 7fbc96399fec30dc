#pragma once
#include <filesystem>
#include <vector>

#include "orchestrator/config/settings.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "ssh/engine.hpp"

namespace orchestrator {

/// The keys by which a host says that it is the one, each kind that it and this build have in common; one connection for
/// each, without a login. For people to compare: nothing here is proof.
/// \throws StartError. Takes as long as `connect_timeout` for each.
[[nodiscard]] awaitable<std::vector<HostKey>> fetch_host_keys(HostSettings host);

enum class Trusted : std::uint8_t { Added, AlreadyThere };

/// Adds a key to the host's file of known hosts, which is made, mode 0600, with its folder, when it is missing. What is
/// in it stays as it is, and a file that others append to at the same time loses nothing. Blocks: for `run_blocking`.
/// \throws Error when another key of that kind, or the revocation of this one, is there; when it cannot be written.
[[nodiscard]] Trusted add_host_key(const HostSettings& host, const HostKey& key);

}  // namespace orchestrator
