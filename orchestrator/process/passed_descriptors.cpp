#include "orchestrator/process/passed_descriptors.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace orchestrator {

namespace {

constexpr std::size_t kRoom = CMSG_SPACE(sizeof(int) * kMostPassed);

struct alignas(cmsghdr) Rights {
  std::array<char, kRoom> bytes{};
};

}  // namespace

bool pass_request(int socket, const KeeperRequest& request, std::span<const int> descriptors) noexcept {
  if (descriptors.empty() || descriptors.size() > kMostPassed) return false;
  KeeperRequest copy = request;
  iovec bytes{&copy, sizeof(copy)};
  Rights rights;
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = rights.bytes.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  return ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == static_cast<ssize_t>(sizeof(copy));
}

std::optional<PassedRequest> take_request(int socket) noexcept {
  PassedRequest passed;
  iovec bytes{&passed.request, sizeof(passed.request)};
  Rights rights;
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = rights.bytes.data();
  message.msg_controllen = kRoom;
  ssize_t count = 0;
  do {
    count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (count < 0 && errno == EINTR);
  const cmsghdr* header = count > 0 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (header != nullptr && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    passed.count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(passed.descriptors.data(), CMSG_DATA(header), passed.count * sizeof(int));
  }
  const bool whole = count == static_cast<ssize_t>(sizeof(passed.request)) && (message.msg_flags & MSG_CTRUNC) == 0;
  if (whole) return passed;
  for (std::size_t i = 0; i < passed.count; ++i) ::close(passed.descriptors[i]);
  return std::nullopt;
}

}  // namespace orchestrator
