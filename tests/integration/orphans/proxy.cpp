#include "tests/integration/orphans/proxy.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace orchestrator::test {

namespace {

constexpr char kNewKeys = 21;  // RFC 4253, 7.3

int stream_socket() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw std::runtime_error("no socket");
  return descriptor;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// \return false when the other side is gone.
bool write_some(int descriptor, std::string& bytes) {
  const ssize_t count = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN;
  bytes.erase(0, static_cast<std::size_t>(count));
  return true;
}

}  // namespace

Proxy::Proxy(std::uint16_t target, Mode mode) : target_(target), listener_(stream_socket()), mode_(mode) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, raw, &size) != 0 || ::pipe2(wake_, O_CLOEXEC | O_NONBLOCK) != 0 ||
      ::pipe2(stalled_, O_CLOEXEC | O_NONBLOCK) != 0) {
    throw std::runtime_error("no proxy");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

Proxy::~Proxy() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  wake();
  thread_.join();
  end_all(false);
  for (const int descriptor : {listener_, wake_[0], wake_[1], stalled_[0], stalled_[1]}) ::close(descriptor);
}

void Proxy::become(Mode mode) {
  const std::lock_guard lock(mutex_);
  mode_ = mode;
  wake();
}

void Proxy::reset_all() {
  const std::lock_guard lock(mutex_);
  end_all(true);
  wake();
}

void Proxy::close_all() {
  const std::lock_guard lock(mutex_);
  end_all(false);
  wake();
}

void Proxy::wake() const { (void)!::write(wake_[1], "x", 1); }

void Proxy::tell_stalled() const { (void)!::write(stalled_[1], "x", 1); }

void Proxy::end(Pair& pair, bool reset) {
  const linger at_once{1, 0};
  for (int* descriptor : {&pair.client, &pair.server}) {
    if (*descriptor < 0) continue;
    if (reset) ::setsockopt(*descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(*descriptor);
    *descriptor = -1;
  }
}

void Proxy::end_all(bool reset) {
  for (Pair& pair : pairs_) end(pair, reset);
  pairs_.clear();
}

void Proxy::accept_one() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.client < 0) return;
  const int now = 1;
  ::setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
  if (mode_ == Mode::NeverAnswer || mode_ == Mode::Silent) {
    tell_stalled();
  } else {
    pair.server = stream_socket();
    ::setsockopt(pair.server, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    const sockaddr_in address = loopback(target_);
    if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      end(pair, true);
      return;
    }
  }
  pairs_.push_back(std::move(pair));
}

// The client's identification line, then packets in the clear: length (4), padding (1), type (1).
bool Proxy::has_new_keys(const std::string& bytes) {
  const std::size_t line_end = bytes.find('\n');
  if (line_end == std::string::npos) return false;
  std::size_t at = line_end + 1;
  while (at + 6 <= bytes.size()) {
    if (bytes[at + 5] == kNewKeys) return true;
    std::size_t length = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) length = length << 8 | static_cast<unsigned char>(bytes[at + byte]);
    at += 4 + length;
  }
  return false;
}

bool Proxy::holds(const Pair& pair) const {
  return mode_ == Mode::Silent || mode_ == Mode::NeverAnswer || pair.stalls || pair.server < 0;
}

// In each direction either bytes are wanted, or room for those that are there. Nothing here ever blocks.
std::vector<pollfd> Proxy::wanted_events() const {
  std::vector<pollfd> wanted{{listener_, POLLIN, 0}, {wake_[0], POLLIN, 0}};
  const auto events = [](const std::string& from, const std::string& to) {
    return static_cast<short>((from.empty() ? POLLIN : 0) | (to.empty() ? 0 : POLLOUT));
  };
  for (const Pair& pair : pairs_) {
    const bool still = holds(pair);
    wanted.push_back({still ? -1 : pair.client, events(pair.to_server, pair.to_client), 0});
    wanted.push_back({still ? -1 : pair.server, events(pair.to_client, pair.to_server), 0});
  }
  return wanted;
}

bool Proxy::read_from(Pair& pair, bool client) const {
  char buffer[65536];
  const ssize_t count = ::recv(client ? pair.client : pair.server, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN;
  if (count == 0) return false;
  (client ? pair.to_server : pair.to_client).append(buffer, static_cast<std::size_t>(count));
  if (!client || mode_ != Mode::StallAfterKeys) return true;
  pair.sent.append(buffer, static_cast<std::size_t>(count));
  if (!has_new_keys(pair.sent)) return true;
  pair.stalls = true;
  tell_stalled();
  return true;
}

bool Proxy::pump(Pair& pair, const pollfd& client, const pollfd& server) const {
  constexpr short kEnds = POLLIN | POLLHUP | POLLERR;
  const bool from_client = (client.revents & kEnds) != 0 && pair.to_server.empty();
  const bool from_server = (server.revents & kEnds) != 0 && pair.to_client.empty();
  if (from_client && !read_from(pair, true)) return false;
  if (from_server && !read_from(pair, false)) return false;
  if (!pair.to_server.empty() && !write_some(pair.server, pair.to_server)) return false;
  return pair.to_client.empty() || write_some(pair.client, pair.to_client);
}

void Proxy::serve() {
  for (;;) {
    std::vector<pollfd> ready;
    {
      const std::lock_guard lock(mutex_);
      if (over_) return;
      ready = wanted_events();
    }
    ::poll(ready.data(), ready.size(), -1);
    const std::lock_guard lock(mutex_);
    char nothing[64];
    bool changed = false;
    while (::read(wake_[0], nothing, sizeof nothing) > 0) changed = true;
    if (changed) continue;
    for (std::size_t at = 0; at < pairs_.size() && 2 * at + 3 < ready.size(); ++at) {
      const pollfd& client = ready[2 * at + 2];
      const pollfd& server = ready[2 * at + 3];
      if ((client.revents | server.revents) != 0 && !pump(pairs_[at], client, server)) end(pairs_[at], false);
    }
    std::erase_if(pairs_, [](const Pair& pair) { return pair.client < 0; });
    if (ready[0].revents != 0) accept_one();
  }
}

}  // namespace orchestrator::test
