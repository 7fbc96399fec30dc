#include "ssh/agent.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "orchestrator/error.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "ssh/wire.hpp"

namespace orchestrator {

namespace {

constexpr std::uint8_t kRequestIdentities = 11;
constexpr std::uint8_t kIdentitiesAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignResponse = 14;
constexpr std::uint32_t kRsaSha256 = 2;
constexpr std::uint32_t kRsaSha512 = 4;
constexpr std::uint32_t kLongestMessage = 256 * 1024;

/// The name of the algorithm in what is to be signed for a login (RFC 4252 7).
std::string_view algorithm_in(std::string_view data) {
  WireReader reader(data);
  static_cast<void>(reader.string());  // session
  static_cast<void>(reader.byte());
  static_cast<void>(reader.string());  // user
  static_cast<void>(reader.string());  // service
  static_cast<void>(reader.string());  // method
  static_cast<void>(reader.byte());
  return reader.string();
}

}  // namespace

awaitable<SshAgent> SshAgent::connect(std::string path) {
  Socket socket(co_await asio::this_coro::executor);
  const asio::local::stream_protocol::endpoint endpoint(path);
  const auto result = co_await socket.async_connect(endpoint, use_task_tuple);
  const boost::system::error_code ec = std::get<0>(result);
  if (ec) {
    throw Error("cannot talk to the ssh-agent at '" + path + "' (SSH_AUTH_SOCK): " + ec.message(),
                "start the agent again, or give the host an identity file");
  }
  co_return SshAgent(std::move(socket), std::move(path));
}

awaitable<std::string> SshAgent::ask(std::string message) {
  WireWriter framed;
  framed.string(message);
  const std::string request = framed.take();
  const auto written = co_await asio::async_write(socket_, asio::buffer(request), use_task_tuple);
  boost::system::error_code ec = std::get<0>(written);
  std::string answer;
  if (!ec) {
    char size_bytes[4];
    const auto read = co_await asio::async_read(socket_, asio::buffer(size_bytes), use_task_tuple);
    ec = std::get<0>(read);
    const std::uint32_t size = WireReader(std::string_view(size_bytes, 4)).number();
    if (!ec && (size == 0 || size > kLongestMessage)) throw Error("the ssh-agent at '" + path_ + "' talks nonsense");
    if (!ec) {
      answer.resize(size);
      const auto rest = co_await asio::async_read(socket_, asio::buffer(answer), use_task_tuple);
      ec = std::get<0>(rest);
    }
  }
  if (ec) throw Error("the ssh-agent at '" + path_ + "' hung up: " + ec.message());
  co_return answer;
}

awaitable<std::vector<SshAgent::Identity>> SshAgent::identities() {
  WireWriter request;
  request.byte(kRequestIdentities);
  const std::string answer = co_await ask(request.take());
  WireReader reader(answer);
  std::vector<Identity> list;
  if (reader.byte() != kIdentitiesAnswer) co_return list;
  const std::uint32_t count = reader.number();
  for (std::uint32_t i = 0; i < count && reader.ok(); ++i) {
    Identity identity;
    identity.blob = reader.string();
    identity.comment = reader.string();
    if (reader.ok()) list.push_back(std::move(identity));
  }
  co_return list;
}

awaitable<std::string> SshAgent::sign(std::string blob, std::string data) {
  const std::string_view algorithm = algorithm_in(data);
  std::uint32_t flags = 0;
  if (algorithm == "rsa-sha2-256") flags = kRsaSha256;
  if (algorithm == "rsa-sha2-512") flags = kRsaSha512;
  WireWriter request;
  request.byte(kSignRequest);
  request.string(blob);
  request.string(data);
  request.number(flags);
  const std::string answer = co_await ask(request.take());
  WireReader reader(answer);
  const bool signed_it = reader.byte() == kSignResponse;
  WireReader signature(reader.string());
  static_cast<void>(signature.string());
  const std::string_view bare = signature.string();
  if (!signed_it || !signature.ok()) {
    throw Error("the ssh-agent at '" + path_ + "' refuses to sign", "unlock the agent, or confirm the use of the key");
  }
  co_return std::string(bare);
}

}  // namespace orchestrator
