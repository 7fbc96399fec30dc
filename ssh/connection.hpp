#pragma once
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "orchestrator/config/settings.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "ssh/dial.hpp"
#include "ssh/login.hpp"
#include "ssh/session.hpp"

namespace orchestrator {

/// A session with its socket, logged in.
class SshConnection {
 public:
  /// Looks up, connects, checks the host's key, logs in. How long that may take is the caller's business;
  /// `progress` says how far it got.
  /// \throws StartError. Cancellation: the connection is dropped.
  [[nodiscard]] static awaitable<std::shared_ptr<SshConnection>> open(HostSettings host, PassphraseSource passphrase,
                                                                      DialProgress& progress);

  SshConnection(HostSettings host, SshWire wire);
  ~SshConnection();
  SshConnection(const SshConnection&) = delete;
  SshConnection& operator=(const SshConnection&) = delete;

  /// Moves bytes until the connection is lost or `close` is called; once, by the owner, as long as anything uses the
  /// session. All of the session has failed when it returns. Cancellation: drops the connection.
  [[nodiscard]] awaitable<void> serve();

  /// Ends `serve`, with a goodbye to the server.
  void close();

  /// Drops the connection: everything on it fails with "connection to … lost: WHY".
  void lose(const std::string& why);

  [[nodiscard]] const std::shared_ptr<SshSession>& session() const noexcept { return session_; }
  [[nodiscard]] const HostSettings& host() const noexcept { return host_; }
  /// When the other side was heard last.
  [[nodiscard]] TimePoint last_heard() const noexcept { return last_heard_; }

 private:
  [[nodiscard]] awaitable<void> move_bytes();
  [[nodiscard]] awaitable<void> read_all();
  [[nodiscard]] awaitable<void> write_all();
  [[nodiscard]] awaitable<void> say_goodbye();
  void socket_failed(const boost::system::error_code& ec);

  HostSettings host_;
  asio::ip::tcp::socket socket_;
  std::shared_ptr<SshSession> session_;
  TimePoint last_heard_{};
  bool closing_ = false;
  bool writing_ = false;
  WaitQueue close_requested_;
};

}  // namespace orchestrator
