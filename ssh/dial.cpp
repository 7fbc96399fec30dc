#include "ssh/dial.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <vector>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

using asio::ip::tcp;

constexpr Duration kLeastPerAddress = std::chrono::seconds(1);
// So much of what we wrote may wait in the kernel: a stop is never far behind data.
constexpr int kNotSentLimit = 64 * 1024;

struct Lookup {
  std::vector<tcp::endpoint> endpoints;
  std::string error;
};

Lookup look_up(const std::string& address, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Lookup result;
  const int code = ::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (code != 0) {
    result.error = code == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(code);
    return result;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  for (const addrinfo* at = list; at; at = at->ai_next) {
    if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
    tcp::endpoint endpoint;
    std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
    endpoint.resize(at->ai_addrlen);
    result.endpoints.push_back(endpoint);
  }
  return result;
}

/// The order of the resolver, but families in turn: where one of them goes nowhere, the other is next.
std::vector<tcp::endpoint> in_turn(const std::vector<tcp::endpoint>& all) {
  std::vector<tcp::endpoint> first, second, mixed;
  for (const tcp::endpoint& endpoint : all) {
    (endpoint.protocol() == all.front().protocol() ? first : second).push_back(endpoint);
  }
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

void set(int socket, int level, int name, int value) {
  // What a kernel does not know makes us slower to notice, no more.
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof value));
}

void set_up(tcp::socket& socket, const Heartbeat& heartbeat) {
  const int fd = socket.native_handle();
  const auto every = heartbeat.every;
  const int seconds = std::max(1, static_cast<int>(std::chrono::ceil<std::chrono::seconds>(every).count()));
  const auto misses = static_cast<int>(heartbeat.misses);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, misses);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(every.count()) * misses);
  set(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kNotSentLimit);
}

std::string describe(const tcp::endpoint& endpoint) {
  return address_and_port(endpoint.address().to_string(), endpoint.port());
}

awaitable<boost::system::error_code> connect_one(tcp::socket& socket, tcp::endpoint endpoint, Duration limit) {
  boost::system::error_code ec = asio::error::timed_out;
  auto attempt = [&socket, &ec, endpoint]() -> awaitable<void> {
    const auto result = co_await socket.async_connect(endpoint, use_task_tuple);
    ec = std::get<0>(result);
  };
  static_cast<void>(co_await with_limit(limit, std::move(attempt)));
  co_return ec;
}

}  // namespace

StartError no_answer(const HostSettings& host, const DialProgress& progress) {
  return StartError(StartFailure::Unreachable,
                    "cannot reach " + describe_host(host) + ": no answer within " + format_duration(host.connect_timeout) +
                        " while " + progress.step,
                    "check that the host is up and not behind a firewall, or raise 'connect_timeout' of [hosts." + host.name + "]");
}

awaitable<tcp::socket> dial(const HostSettings& host, DialProgress& progress) {
  progress.step = "looking up '" + host.address + "'";
  auto work = [address = host.address, port = host.port] { return look_up(address, port); };
  const Lookup found = co_await run_blocking(std::move(work));
  if (found.endpoints.empty()) {
    throw StartError(StartFailure::Unreachable,
                     "cannot reach " + describe_host(host) + ": no address for '" + host.address + "': " +
                         (found.error.empty() ? "none found" : found.error),
                     "check 'address' of [hosts." + host.name + "]");
  }
  co_return co_await dial_any(host, found.endpoints, progress);
}

awaitable<tcp::socket> dial_any(const HostSettings& host, std::vector<tcp::endpoint> endpoints, DialProgress& progress) {
  endpoints = in_turn(endpoints);
  const Duration share = std::max<Duration>(kLeastPerAddress, Duration(host.connect_timeout) / static_cast<Duration::rep>(endpoints.size()));
  Task& task = task_of(co_await asio::this_coro::executor);
  asio::io_context& io = task.loop().io();
  std::string errors;
  for (const tcp::endpoint& endpoint : endpoints) {
    progress.step = "connecting to " + describe(endpoint);
    tcp::socket socket(io);
    const boost::system::error_code ec = co_await connect_one(socket, endpoint, share);
    if (!ec) {
      set_up(socket, host.heartbeat);
      co_return std::move(socket);
    }
    if (!errors.empty()) errors += "; ";
    errors += describe(endpoint) + ": ";
    errors += ec == asio::error::timed_out ? "no answer within " + format_duration(share) : ec.message();
  }
  throw StartError(StartFailure::Unreachable, "cannot reach " + describe_host(host) + ": " + errors,
                   "check 'address' and 'port' of [hosts." + host.name + "], that the host is up, and that sshd runs there");
}

}  // namespace orchestrator
