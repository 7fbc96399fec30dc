// Looks at file systems for orchestratord, which must never wait for one that does not answer: questions come on stdin, each
// ended by a NUL: whose quotas count ("us", "none", or "UID:GID"), a blank, and a path. For each a line goes to stdout
// (monitors/probe_answer.hpp). Ends with its input.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "programs/disk_probe_quota.hpp"

namespace {

constexpr std::size_t kLongestQuestion = 8192;
char question[kLongestQuestion];  // and what has come of those after it
char asked[kLongestQuestion];
char* path = asked;

/// Makes `path` one part shorter. \return false when there is nothing above.
bool shorten() {
  std::size_t length = std::strlen(path);
  while (length > 1 && path[length - 1] == '/') path[--length] = '\0';
  char* slash = std::strrchr(path, '/');
  if (slash == nullptr || path[1] == '\0') return false;
  slash[slash == path ? 1 : 0] = '\0';
  return true;
}

/// \return 0 or errno
int look(struct statvfs& space, struct stat& status) {
  for (;;) {
    if (::statvfs(path, &space) == 0 && ::stat(path, &status) == 0) return 0;
    if ((errno != ENOENT && errno != ENOTDIR) || !shorten()) return errno;
  }
}

/// Bytes that were taken by btrfs for what it has not written yet: statvfs does not count them, other file systems do.
unsigned long long promised_by_btrfs(int fd) {
  btrfs_ioctl_fs_info_args info{};
  if (::ioctl(fd, BTRFS_IOC_FS_INFO, &info) != 0) return 0;
  char name[128];
  int length = std::snprintf(name, sizeof name, "/sys/fs/btrfs/");
  for (int i = 0; i < BTRFS_FSID_SIZE; ++i) {
    const char* dash = i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "";
    length += std::snprintf(name + length, sizeof name - static_cast<std::size_t>(length), "%s%02x", dash, info.fsid[i]);
  }
  std::snprintf(name + length, sizeof name - static_cast<std::size_t>(length), "/allocation/data/bytes_may_use");
  const int file = ::open(name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  char digits[32] = {};
  const bool any = ::read(file, digits, sizeof digits - 1) > 0;
  ::close(file);
  return any ? std::strtoull(digits, nullptr, 10) : 0;
}

/// Of a directory for which statvfs tells of its project's quota: another one has numbers of its own. \return 0: none
unsigned project(int fd) {
  fsxattr attributes{};
  if (::ioctl(fd, FS_IOC_FSGETXATTR, &attributes) != 0) return 0;
  return (attributes.fsx_xflags & FS_XFLAG_PROJINHERIT) != 0 ? attributes.fsx_projid : 0;
}

struct Inside {
  unsigned long long promised = 0;
  unsigned project = 0;
};

/// What takes a directory that may be read.
Inside look_inside() {
  Inside inside;
  const int fd = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return inside;
  inside.promised = promised_by_btrfs(fd);
  inside.project = project(fd);
  ::close(fd);
  return inside;
}

bool answer() {
  struct statvfs space {};
  struct stat status {};
  char line[512];
  const int error = look(space, status);
  int length = 0;
  if (error != 0) {
    length = std::snprintf(line, sizeof line, "error %d\n", error);
  } else {
    const unsigned long long block = space.f_frsize != 0 ? space.f_frsize : space.f_bsize;
    const unsigned long long usable = (space.f_blocks - space.f_bfree + space.f_bavail) * block;
    unsigned long long available = space.f_bavail * block;
    const Inside inside = look_inside();
    available -= inside.promised < available ? inside.promised : available;
    const unsigned long long inodes = space.f_files - space.f_ffree + space.f_favail;
    length = std::snprintf(line, sizeof line, "space %llx:%u %llu %llu %llu %llu %d",
                           static_cast<unsigned long long>(status.st_dev), inside.project, usable, available, inodes,
                           static_cast<unsigned long long>(space.f_favail), (space.f_flag & ST_RDONLY) != 0 ? 1 : 0);
    length += orchestrator::write_quotas(asked, path, status, line + length, sizeof line - static_cast<std::size_t>(length));
    line[length++] = '\n';
  }
  return ::write(STDOUT_FILENO, line, static_cast<std::size_t>(length)) == length;
}

/// Takes the first one away. \return whether it was one, and somebody heard the answer.
bool answer_first(std::size_t& length, std::size_t size) {
  std::memcpy(asked, question, size);
  length -= size;
  std::memmove(question, question + size, length);
  char* blank = std::strchr(asked, ' ');
  if (blank == nullptr) return false;
  *blank = '\0';
  path = blank + 1;
  return answer();
}

}  // namespace

int main() {
  std::size_t length = 0;
  while (length < kLongestQuestion) {
    const ssize_t count = ::read(STDIN_FILENO, question + length, kLongestQuestion - length);
    if (count <= 0) return 0;
    length += static_cast<std::size_t>(count);
    while (const void* end = std::memchr(question, '\0', length)) {
      if (!answer_first(length, static_cast<std::size_t>(static_cast<const char*>(end) - question) + 1)) return 1;
    }
  }
  return 1;
}
