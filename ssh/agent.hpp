#pragma once
#include <string>
#include <vector>

#include <boost/asio/local/stream_protocol.hpp>

#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// A connection to an ssh-agent (draft-miller-ssh-agent). Nothing here blocks: an agent may ask its user first.
class SshAgent {
 public:
  struct Identity {
    std::string blob;     ///< public key
    std::string comment;
  };

  /// \throws Error when nobody listens at `socket`.
  [[nodiscard]] static awaitable<SshAgent> connect(std::string socket);

  [[nodiscard]] awaitable<std::vector<Identity>> identities();

  /// \param data as the protocol wants it signed; the algorithm for an RSA key is taken from it.
  /// \return the bare signature, without the algorithm's name. \throws Error when the agent refuses.
  [[nodiscard]] awaitable<std::string> sign(std::string blob, std::string data);

 private:
  using Socket = asio::local::stream_protocol::socket;
  SshAgent(Socket socket, std::string path) : socket_(std::move(socket)), path_(std::move(path)) {}

  [[nodiscard]] awaitable<std::string> ask(std::string message);

  Socket socket_;
  std::string path_;
};

}  // namespace orchestrator
