#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "orchestrator/config/secret.hpp"
#include "orchestrator/config/settings.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "ssh/dial.hpp"
#include "ssh/engine.hpp"

namespace orchestrator {

/// Gives the passphrase of a host's identity; asked only when the key turns out to be encrypted.
using PassphraseSource = std::function<awaitable<Secret>(const HostSettings& host)>;

/// An engine and its socket while one task has both for itself: before the first channel.
struct SshWire {
  std::shared_ptr<SshEngine> engine;
  asio::ip::tcp::socket socket;
};

/// Sends what the engine has to say, then waits for input and gives it to the engine.
[[nodiscard]] awaitable<void> exchange(SshWire& wire);

/// Agrees on algorithms and proves that the host is the one in its known_hosts file.
/// \throws StartError: unreachable (nobody who speaks SSH), login refused (host key).
[[nodiscard]] awaitable<void> greet(SshWire& wire, const HostSettings& host, DialProgress& progress);

/// The handshake alone, whatever the host's key is. \throws StartError
[[nodiscard]] awaitable<HostKey> shake_hands(SshWire& wire, const HostSettings& host);

/// Logs in with the host's identity file, or with the agent when there is none. Decrypts in a thread, which keeps the
/// engine when this is cancelled: it must not be used after that.
/// \throws StartError (login refused) that says what to do.
[[nodiscard]] awaitable<void> log_in(SshWire& wire, const HostSettings& host, const PassphraseSource& passphrase,
                                     DialProgress& progress);

}  // namespace orchestrator
