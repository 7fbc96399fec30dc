// The remote shell that rsync is given with -e: hands its standard input and output to the
// orchestrator that runs rsync, which joins them to a channel of its own SSH connection, and ends
// with the exit code of the command over there.

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "jobs/remote_shell_protocol.hpp"

namespace {

using namespace orchestrator;

[[noreturn]] void fail(const char* doing) {
  std::fprintf(stderr, "rsync_shell: cannot %s: %s\n", doing, std::strerror(errno));
  std::exit(kRemoteShellFailed);
}

const char* from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value != nullptr && *value != '\0') return value;
  std::fprintf(
      stderr, "rsync_shell: %s is not set: only an orchestratord job can use this program\n", name);
  std::exit(kRemoteShellFailed);
}

int connect_to(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    errno = ENAMETOOLONG;
    fail("connect to the orchestrator");
  }
  path.copy(address.sun_path, path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("make a socket");
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0) {
    fail("connect to the orchestrator");
  }
  return fd;
}

/// Token, then the words of the command, without the name of the host, which comes first.
std::string message_of(int argc, char** argv) {
  std::string message = from_environment(kRemoteShellToken);
  message += '\0';
  for (int i = 2; i < argc; ++i) {
    message += argv[i];
    message += '\0';
  }
  return message;
}

void send_header(int fd, std::size_t length) {
  RemoteShellHeader header;
  header.magic = kRemoteShellMagic;
  header.length = static_cast<std::uint32_t>(length);
  iovec data{&header, sizeof(header)};
  constexpr int kDescriptors[] = {STDIN_FILENO, STDOUT_FILENO};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(kDescriptors))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(kDescriptors));
  std::memcpy(CMSG_DATA(rights), kDescriptors, sizeof(kDescriptors));
  if (::sendmsg(fd, &message, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof(header))) {
    fail("hand over to the orchestrator");
  }
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail("hand over to the orchestrator");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// The other side has its own copies now; ours would hide the end of the streams.
void let_go_of_streams() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) fail("open /dev/null");
  if (::dup2(null, STDIN_FILENO) < 0 || ::dup2(null, STDOUT_FILENO) < 0) fail("close the streams");
}

int wait_for_exit_code(int fd) {
  unsigned char code = 0;
  for (;;) {
    const ssize_t got = ::recv(fd, &code, 1, 0);
    if (got == 1) return code;
    if (got < 0 && errno == EINTR) continue;
    return kRemoteShellFailed;  // the orchestrator is gone
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = connect_to(from_environment(kRemoteShellSocket));
  const std::string message = message_of(argc, argv);
  send_header(fd, message.size());
  send_all(fd, message);
  let_go_of_streams();
  return wait_for_exit_code(fd);
}
