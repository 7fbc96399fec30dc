#pragma once
#include <cstdint>
#include <string>

#include "orchestrator/config/settings.hpp"

namespace orchestrator {

/// "[::1]:22" or "nas.lan:22".
[[nodiscard]] inline std::string address_and_port(const std::string& address, std::uint16_t port) {
  const bool is_v6 = address.find(':') != std::string::npos;
  return (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

/// A host as every message names it: "'nas' (backup@nas.lan:22)".
[[nodiscard]] inline std::string describe_host(const HostSettings& host) {
  return "'" + host.name + "' (" + host.user + "@" + address_and_port(host.address, host.port) + ")";
}

}  // namespace orchestrator
