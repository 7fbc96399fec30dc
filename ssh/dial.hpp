#pragma once
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "orchestrator/config/settings.hpp"
#include "orchestrator/host.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// What is being done, for the message when time is up.
struct DialProgress {
  std::string step;
};

/// The host did not answer within its `connect_timeout`.
[[nodiscard]] StartError no_answer(const HostSettings& host, const DialProgress& progress);

/// A TCP connection to `host`: looks up its addresses in a thread and tries them one after the other, IPv6 and IPv4
/// in turn, each for its share of `connect_timeout`.
/// The socket is set up so that a dead peer is noticed within the host's heartbeat.
///
/// \throws StartError (unreachable) with every address and its error. Cancellation: leaves nothing but, perhaps, a
/// thread in getaddrinfo.
[[nodiscard]] awaitable<asio::ip::tcp::socket> dial(const HostSettings& host, DialProgress& progress);

/// The same with addresses that are known; at least one.
[[nodiscard]] awaitable<asio::ip::tcp::socket> dial_any(const HostSettings& host, std::vector<asio::ip::tcp::endpoint> endpoints,
                                                        DialProgress& progress);

}  // namespace orchestrator
