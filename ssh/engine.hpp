#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/error.hpp"
#include "orchestrator/process/exit_status.hpp"

namespace orchestrator {

/// What went wrong inside the SSH protocol. Only the `Channel` and `Request` ones leave the session usable.
enum class EngineFailure : std::uint8_t {
  KeyExchange,     ///< the two sides have no algorithm in common, or the other side cannot prove its key
  LoginRefused,    ///< the other side does not accept this key
  BadKey,          ///< the private key cannot be used: wrong passphrase, damaged, of a kind this build lacks
  ChannelRefused,  ///< no further channel: MaxSessions
  RequestRefused,  ///< the command was not started
  ChannelClosed,   ///< nothing can be written any more
  Lost,            ///< the input ended
  Protocol,        ///< anything else that ends the session
};

class EngineError : public Error {
 public:
  EngineError(EngineFailure failure, const std::string& message) : Error(message), failure_(failure) {}
  [[nodiscard]] EngineFailure failure() const noexcept { return failure_; }
  [[nodiscard]] bool ends_session() const noexcept {
    return failure_ != EngineFailure::ChannelRefused && failure_ != EngineFailure::RequestRefused &&
           failure_ != EngineFailure::ChannelClosed;
  }

 private:
  EngineFailure failure_;
};

/// The kinds of algorithms that two sides agree on (RFC 4253 7.1), one direction for each.
enum class AlgorithmKind : std::uint8_t { KeyExchange, HostKey, Cipher, Mac };

/// The key by which a host proves that it is the one.
struct HostKey {
  std::string type;         ///< "ssh-ed25519"
  std::string blob;         ///< RFC 4253 6.6, not encoded
  std::string fingerprint;  ///< "SHA256:…" as ssh-keygen prints it
};

/// A private key as its file has it.
struct PrivateKey {
  std::string text;
  std::string passphrase;   ///< empty: none
  std::string public_line;  ///< "ssh-ed25519 AAAA…"; empty where only decrypting tells
};

/// Signs for a key that lives elsewhere, say in an agent; none yet: the engine asks again for the same data.
using Signer = std::function<std::optional<std::string>(std::string_view data)>;

enum class SshStream : std::uint8_t { Output, Errors };

/// One channel of a session; known to its engine only.
class EngineChannel {
 public:
  EngineChannel() = default;
  virtual ~EngineChannel() = default;
  EngineChannel(const EngineChannel&) = delete;
  EngineChannel& operator=(const EngineChannel&) = delete;
};

/// The client's side of the SSH protocol, as a state machine that never waits and never sees a socket: what arrived
/// is put in, what is to be sent is taken out. A step that cannot go on without more input says so ("wants input")
/// and is repeated, with the same arguments, when there is some.
///
/// \throws EngineError from every step. Threads: one at a time.
class SshEngine {
 public:
  SshEngine() = default;
  virtual ~SshEngine() = default;
  SshEngine(const SshEngine&) = delete;
  SshEngine& operator=(const SshEngine&) = delete;

  // The two ends that face the network.
  virtual void receive(std::span<const char> bytes) = 0;
  virtual void receive_end() = 0;
  /// Input that no step has consumed yet.
  [[nodiscard]] virtual std::size_t unread() const noexcept = 0;
  [[nodiscard]] virtual std::size_t unsent() const noexcept = 0;
  [[nodiscard]] virtual std::string take_unsent() = 0;

  // Before the login: one after the other. False, or nothing: wants input.
  /// In the order of preference; before the handshake.
  virtual void prefer_host_keys(const std::vector<std::string>& types) = 0;
  [[nodiscard]] virtual bool handshake() = 0;
  [[nodiscard]] virtual HostKey host_key() const = 0;
  [[nodiscard]] virtual std::vector<std::string> supported(AlgorithmKind kind) const = 0;
  /// What the server has, once it has said so; empty before.
  [[nodiscard]] virtual std::vector<std::string> offered(AlgorithmKind kind) const = 0;
  /// "SSH-2.0-OpenSSH_9.2p1"; empty before the handshake.
  [[nodiscard]] virtual std::string server_banner() const = 0;
  /// The methods by which `user` may log in; an empty list: is logged in already.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> login_methods(const std::string& user) = 0;
  /// Decrypts the key, when the server wants to see it: slow.
  [[nodiscard]] virtual bool log_in(const std::string& user, const PrivateKey& key) = 0;
  [[nodiscard]] virtual bool log_in(const std::string& user, const std::string& public_blob, const Signer& sign) = 0;

  // Channels. `open` and `exec` one at a time per session: the next `open` comes after the answer to `exec`.
  /// Null: wants input.
  [[nodiscard]] virtual std::unique_ptr<EngineChannel> open() = 0;
  [[nodiscard]] virtual bool exec(EngineChannel& channel, std::string_view command) = 0;
  /// \return 0 when both streams have come to their end.
  [[nodiscard]] virtual std::optional<std::size_t> read(EngineChannel& channel, SshStream stream,
                                                        std::span<char> buffer) = 0;
  /// \return how many of `bytes` were taken; the rest, and after "wants input" at least the same, comes next time.
  [[nodiscard]] virtual std::optional<std::size_t> write(EngineChannel& channel, std::string_view bytes) = 0;
  [[nodiscard]] virtual bool send_end(EngineChannel& channel) = 0;
  /// How the command ended, as soon as the server has said it.
  [[nodiscard]] virtual std::optional<ExitStatus> exit_status(const EngineChannel& channel) const = 0;
  /// Whether the server has closed the channel; asked once both streams are at their end.
  [[nodiscard]] virtual bool closed(EngineChannel& channel) = 0;
  /// Closes the channel and forgets it; true when the other side has confirmed it.
  [[nodiscard]] virtual bool close(EngineChannel& channel) = 0;

  /// Tells the other side that this was all.
  virtual void disconnect() = 0;
};

}  // namespace orchestrator
