#pragma once
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {

/// Takes the part of the service manager.
class ServiceManager {
 public:
  ServiceManager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  ~ServiceManager() { ::close(socket_); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  [[nodiscard]] std::string path() const { return directory_.path() / "notify"; }

  /// Until something is told, or the time is over.
  void wait(std::chrono::milliseconds limit) const {
    pollfd ready{socket_, POLLIN, 0};
    ::poll(&ready, 1, static_cast<int>(limit.count()));
  }

  /// Everything that was told since the last time.
  [[nodiscard]] std::vector<std::string> heard() const {
    std::vector<std::string> messages;
    char buffer[4096];
    for (ssize_t size = 0; (size = ::recv(socket_, buffer, sizeof buffer, 0)) >= 0;) {
      messages.emplace_back(buffer, static_cast<std::size_t>(size));
    }
    return messages;
  }

 private:
  TemporaryDirectory directory_;
  int socket_;
};

}  // namespace orchestrator::test
