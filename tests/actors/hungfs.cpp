// hungfs MOUNTPOINT: a FUSE file system that answers nobody while it is told to hang. Obeys lines on stdin: "hang",
// "resume" (answers what has waited); prints "ready", then each command once it holds. Ends with its input, and takes
// the mount along: whoever hangs in it gets ENOTCONN then.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t kRequest = 1 << 18;
int device = -1;

void reply(std::uint64_t id, int error, const void* data = nullptr, std::size_t size = 0) {
  fuse_out_header head{};
  head.unique = id;
  head.error = -error;
  head.len = static_cast<std::uint32_t>(sizeof head + size);
  const iovec parts[2] = {{&head, sizeof head}, {const_cast<void*>(data), size}};
  if (::writev(device, parts, size > 0 ? 2 : 1) < 0 && errno != ENOENT) std::perror("hungfs");
}

void answer(const fuse_in_header& request) {
  switch (request.opcode) {
    case FUSE_STATFS: {
      fuse_statfs_out out{};
      out.st.blocks = 1000;
      out.st.bfree = out.st.bavail = 500;
      out.st.bsize = out.st.frsize = 4096;
      out.st.namelen = 255;
      return reply(request.unique, 0, &out, sizeof out);
    }
    case FUSE_GETATTR: {
      fuse_attr_out out{};
      out.attr.ino = 1;
      out.attr.mode = S_IFDIR | 0755;
      out.attr.nlink = 2;
      return reply(request.unique, 0, &out, sizeof out);
    }
    case FUSE_INIT: {
      fuse_init_out out{};
      out.major = 7;
      out.minor = 31;
      out.max_write = 1 << 16;
      return reply(request.unique, 0, &out, sizeof out);
    }
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: return;
    case FUSE_LOOKUP: return reply(request.unique, ENOENT);
    default: return reply(request.unique, ENOSYS);
  }
}

/// \return false when the mount is gone.
bool take_request(bool hangs, std::vector<fuse_in_header>& waiting) {
  static char bytes[kRequest];
  const ssize_t count = ::read(device, bytes, sizeof bytes);
  if (count < 0) return errno == EAGAIN || errno == EINTR || errno == ENOENT;
  fuse_in_header request{};
  if (static_cast<std::size_t>(count) < sizeof request) return true;
  std::memcpy(&request, bytes, sizeof request);
  if (hangs && request.opcode != FUSE_INIT) {
    waiting.push_back(request);
  } else {
    answer(request);
  }
  return true;
}

void say(const char* text) {
  std::puts(text);
  std::fflush(stdout);
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  device = ::open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (device < 0) {
    std::perror("/dev/fuse");
    return 1;
  }
  const std::string options = "fd=" + std::to_string(device) + ",rootmode=40000,user_id=0,group_id=0,allow_other";
  if (::mount("hungfs", words[1], "fuse.hungfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
    std::perror("mount");
    return 1;
  }
  say("ready");
  bool hangs = false;
  std::vector<fuse_in_header> waiting;
  for (;;) {
    pollfd both[2] = {{device, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    if (::poll(both, 2, -1) < 0 && errno != EINTR) break;
    if ((both[0].revents & POLLERR) != 0) break;
    if (both[0].revents != 0 && !take_request(hangs, waiting)) break;
    if (both[1].revents == 0) continue;
    char line[64] = {};
    if (::read(STDIN_FILENO, line, sizeof line - 1) <= 0) break;
    hangs = std::strstr(line, "hang") != nullptr;
    if (!hangs) {
      for (const fuse_in_header& request : waiting) answer(request);
      waiting.clear();
    }
    say(hangs ? "hang" : "resume");
  }
  ::umount2(words[1], MNT_DETACH);
  return 0;
}
