#include "programs/disk_probe_quota.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "monitors/quota_limits.hpp"

namespace orchestrator {

namespace {

// Linux 5.14. Unlike quotactl it needs no device, which a plain user may not see. Missing, there are no quotas for us.
#ifndef SYS_quotactl_fd
constexpr long kQuotactlFd = 443;
#else
constexpr long kQuotactlFd = SYS_quotactl_fd;
#endif

struct Writer {
  uid_t user;
  gid_t group;
};

bool ask(int fd, int command, int type, unsigned id, void* answer) {
  return ::syscall(kQuotactlFd, fd, QCMD(command, type), id, answer) == 0;
}

bool ask_limits(int fd, int type, unsigned id, if_dqblk& limits) {
  limits = {};
  return ask(fd, Q_GETQUOTA, type, id, &limits);
}

/// Quotas may be counted and not enforced.
bool enforced(int fd, int type) {
  fs_quota_stat state{};
  if (!ask(fd, Q_XGETQSTAT, type, 0, &state)) return false;
  return (state.qs_flags & (type == USRQUOTA ? FS_QUOTA_UDQ_ENFD : FS_QUOTA_GDQ_ENFD)) != 0;
}

std::uint64_t bytes_of_blocks(std::uint64_t blocks) {
  return blocks > UINT64_MAX / QIF_DQBLKSIZE ? UINT64_MAX : blocks * QIF_DQBLKSIZE;
}

int write_quota(const char* kind, unsigned id, const if_dqblk& of, char* text, std::size_t room) {
  const std::time_t now = std::time(nullptr);
  const QuotaLimits bytes{of.dqb_curspace, bytes_of_blocks(of.dqb_bsoftlimit), bytes_of_blocks(of.dqb_bhardlimit), of.dqb_btime};
  const std::uint64_t limit = limit_now(bytes, now);
  const std::uint64_t inodes = limit_now({of.dqb_curinodes, of.dqb_isoftlimit, of.dqb_ihardlimit, of.dqb_itime}, now);
  if (limit == 0 && inodes == 0) return 0;
  const int length = std::snprintf(text, room, " %s %u %llu %llu %llu %llu", kind, id,
                                   static_cast<unsigned long long>(limit), static_cast<unsigned long long>(of.dqb_curspace),
                                   static_cast<unsigned long long>(inodes), static_cast<unsigned long long>(of.dqb_curinodes));
  return length > 0 && static_cast<std::size_t>(length) < room ? length : 0;
}

/// Everybody may ask for what is his own. Who may become somebody else may ask as him.
class InTheirName {
 public:
  explicit InTheirName(const Writer& writer) : user_(::geteuid()), group_(::getegid()) {
    changed_ = (writer.user != user_ || writer.group != group_) && ::setegid(writer.group) == 0;
    if (changed_ && ::seteuid(writer.user) != 0) changed_ = ::setegid(group_) != 0;
  }
  ~InTheirName() {
    if (changed_ && (::seteuid(user_) != 0 || ::setegid(group_) != 0)) ::_exit(1);
  }
  InTheirName(const InTheirName&) = delete;
  InTheirName& operator=(const InTheirName&) = delete;

 private:
  uid_t user_;
  gid_t group_;
  bool changed_;
};

int write_limits(int fd, const Writer& writer, char* text, std::size_t room) {
  const InTheirName theirs(writer);
  int length = 0;
  if_dqblk limits{};
  if (enforced(fd, USRQUOTA) && ask_limits(fd, USRQUOTA, writer.user, limits)) {
    length = write_quota("user", writer.user, limits, text, room);
  }
  if (enforced(fd, GRPQUOTA) && ask_limits(fd, GRPQUOTA, writer.group, limits)) {
    length += write_quota("group", writer.group, limits, text + length, room - static_cast<std::size_t>(length));
  }
  return length;
}

}  // namespace

int write_quotas(const char* who, const char* path, const struct stat& status, char* text, std::size_t room) {
  Writer writer{::geteuid(), ::getegid()};
  if (std::strcmp(who, "us") != 0 && std::sscanf(who, "%u:%u", &writer.user, &writer.group) != 2) return 0;
  if (writer.user == 0) return 0;  // may exceed them all
  const int fd = ::open(path, O_PATH | O_CLOEXEC);
  if (fd < 0) return 0;
  // New files belong to the group of such a directory.
  if (S_ISDIR(status.st_mode) && (status.st_mode & S_ISGID) != 0) writer.group = status.st_gid;
  const int length = write_limits(fd, writer, text, room);
  ::close(fd);
  return length;
}

}  // namespace orchestrator
