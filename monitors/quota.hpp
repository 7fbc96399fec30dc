#pragma once
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "monitors/space_reading.hpp"

namespace orchestrator {

enum class QuotaKind { User, Group };

/// What a user or a group may have of a file system, and has. A soft limit is none while it may be exceeded; once its
/// grace period is over nobody gets more, so it is the limit then.
struct Quota {
  QuotaKind kind = QuotaKind::User;
  std::uint64_t id = 0;
  std::string name{};          ///< empty: not known
  std::uint64_t limit = 0;     ///< bytes; 0: none
  std::uint64_t used = 0;
  std::uint64_t inode_limit = 0;  ///< 0: none
  std::uint64_t used_inodes = 0;
};

/// "user 'nobody'", "group 100"
[[nodiscard]] std::string owner_text(const Quota& quota);

/// Makes the reading that of the quota where it is used up before the disk is, for bytes and for inodes.
void apply(const Quota& quota, SpaceReading& reading);

/// What is asked, and when.
struct QuotaQuestion {
  std::uint64_t group = 0;   ///< the one that new files get
  std::time_t now = 0;       ///< grace periods are over since
};

/// What `quota -ugwp` of Linux says of one file system: the quotas of the user and of that one group which have a limit. Of anything
/// else it is nothing: other systems have other programs of that name. Root has none.
[[nodiscard]] std::vector<Quota> parse_quota(std::string_view output, const QuotaQuestion& question);

/// The name in the user or group database, which may be far away: blocks. \return empty where there is none.
[[nodiscard]] std::string name_of(QuotaKind kind, std::uint64_t id);

}  // namespace orchestrator
