#pragma once
#include <cstddef>
#include <cstdint>

namespace orchestrator {

// What LocalHost and the keeper of a command (programs/keeper.cpp) have agreed on.

/// The keeper's descriptors, besides the three streams, which are its command's. Its only argument is the name of the cgroup that it is
/// to make; empty: none.
inline constexpr int kKeeperLine = 3;    ///< SOCK_SEQPACKET: requests, reports, and the life line
inline constexpr int kKeeperOrder = 4;   ///< a memory file: KeeperOrder; closed when it comes by the line, with `Start`
inline constexpr int kKeeperCgroup = 5;  ///< where it may make a cgroup; closed when that is nowhere. Locks come after it

/// Another one for every other form of the order: while a package is changed, the daemon may be older than the keeper.
inline constexpr std::uint32_t kKeeperMagic = 0x6b656571;

/// What is to be started. The groups of its user follow, as gid_t, and then texts, each with its NUL: the directory, the
/// candidates, the words, the environment. So neither the arguments nor the secrets and cookies in the environment
/// of a command are its keeper's too.
struct KeeperOrder {
  std::uint32_t magic = kKeeperMagic;
  std::uint32_t size = 0;  ///< all of it, in bytes
  std::uint32_t candidates = 0;
  std::uint32_t words = 0;
  std::uint32_t variables = 0;
  std::uint32_t has_umask = 0;
  std::uint32_t umask = 0;
  std::uint32_t has_user = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t groups = 0;
};

enum class KeeperRequestKind : std::uint32_t {
  Start,   ///< the first one to a keeper that was started without an order
  Signal,  ///< to the group and to each descendant that has left it, CONT after it
  Kill,    ///< everything, until nothing is left
};

struct KeeperRequest {
  KeeperRequestKind kind = KeeperRequestKind::Kill;
  std::int32_t signal = 0;
  std::uint32_t streams = 0;  ///< Start: bit n says that stream n comes along. First comes the order, then they, then the locks
};

/// Descriptors that come with a `Start`.
inline constexpr std::size_t kMostPassed = 32;

enum class KeeperReportKind : std::uint32_t {
  Started,     ///< `pid` leads the command's session and group
  NotStarted,  ///< `stage`, `error`, `candidate`; nothing is left
  Ended,       ///< the main process: `code` (si_code) and `status` (si_status); it is not reaped yet
  Refused,     ///< `pid` may not be signalled: `error`
  Gone,        ///< no descendant whatsoever is left; `count` were reaped. The last report
};

struct KeeperReport {
  KeeperReportKind kind = KeeperReportKind::Gone;
  std::int32_t pid = 0;
  std::int32_t error = 0;
  std::uint32_t stage = 0;  ///< a LaunchStage
  std::uint32_t candidate = 0;
  std::int32_t code = 0;
  std::int32_t status = 0;
  std::uint32_t count = 0;
};

}  // namespace orchestrator
