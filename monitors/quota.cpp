#include "monitors/quota.hpp"

#include <algorithm>
#include <array>
#include <grp.h>
#include <limits>
#include <optional>
#include <pwd.h>

#include "monitors/quota_limits.hpp"
#include "orchestrator/fields.hpp"
#include "orchestrator/process/df_output.hpp"

namespace orchestrator {

namespace {

/// "Disk quotas for user nobody (uid 65534):", with "none" after it when there are none.
std::optional<Quota> heading_in(std::string_view line) {
  constexpr std::string_view kUser = "Disk quotas for user ";
  constexpr std::string_view kGroup = "Disk quotas for group ";
  const bool is_user = line.starts_with(kUser);
  if (!is_user && !line.starts_with(kGroup)) return std::nullopt;
  line.remove_prefix(is_user ? kUser.size() : kGroup.size());
  const std::size_t open = line.rfind(is_user ? " (uid " : " (gid ");
  const std::size_t close = line.rfind("):");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open + 6) return std::nullopt;
  const auto id = number_in(line.substr(open + 6, close - open - 6));
  if (!id) return std::nullopt;
  Quota quota;
  quota.kind = is_user ? QuotaKind::User : QuotaKind::Group;
  quota.id = *id;
  quota.name = line.substr(0, open);
  return quota;
}

/// "2932*", which is above its soft limit, or "2932", then that, the hard one, and when its grace ends or 0.
std::optional<QuotaLimits> limits_in(const std::string_view* fields) {
  std::string_view used = fields[0];
  if (used.ends_with('*')) used.remove_suffix(1);
  const std::array<std::optional<std::uint64_t>, 4> numbers{number_in(used), number_in(fields[1]), number_in(fields[2]),
                                                            number_in(fields[3])};
  if (std::any_of(numbers.begin(), numbers.end(), [](const auto& number) { return !number; })) return std::nullopt;
  return QuotaLimits{*numbers[0], *numbers[1], *numbers[2], *numbers[3]};
}

/// The last eight fields of a line: what stands before them may have blanks. \return false when it has no such numbers
bool read_limits(std::string_view line, std::time_t now, Quota& quota) {
  constexpr std::size_t kNumbers = 8;
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() <= kNumbers) return false;
  const std::string_view* numbers = fields.data() + (fields.size() - kNumbers);
  const std::optional<QuotaLimits> blocks = limits_in(numbers);
  const std::optional<QuotaLimits> inodes = limits_in(numbers + kNumbers / 2);
  if (!blocks || !inodes) return false;
  quota.limit = df_bytes(limit_now(*blocks, now));
  quota.used = df_bytes(blocks->used);
  quota.inode_limit = limit_now(*inodes, now);
  quota.used_inodes = inodes->used;
  return quota.limit > 0 || quota.inode_limit > 0;
}

/// Two paths with quotas of different groups are watched apart.
std::string owner_key(const Quota& quota) {
  return (quota.kind == QuotaKind::User ? " user " : " group ") + std::to_string(quota.id);
}

}  // namespace

std::string owner_text(const Quota& quota) {
  const std::string kind = quota.kind == QuotaKind::User ? "user " : "group ";
  return kind + (quota.name.empty() ? std::to_string(quota.id) : "'" + quota.name + "'");
}

void apply(const Quota& quota, SpaceReading& reading) {
  const std::uint64_t left = quota.limit - std::min(quota.limit, quota.used);
  if (quota.limit > 0 && left < reading.available) {
    reading.available = left;
    reading.usable = reading.quota.empty() ? std::min(reading.usable, quota.limit) : quota.limit;
    reading.quota = owner_text(quota);
  }
  const std::uint64_t inodes_left = quota.inode_limit - std::min(quota.inode_limit, quota.used_inodes);
  if (quota.inode_limit > 0 && (reading.usable_inodes == 0 || inodes_left < reading.available_inodes)) {
    const bool of_disk = reading.usable_inodes > 0 && reading.inode_quota.empty();
    reading.available_inodes = inodes_left;
    reading.usable_inodes = of_disk ? std::min(reading.usable_inodes, quota.inode_limit) : quota.inode_limit;
    reading.inode_quota = owner_text(quota);
  }
  if (quota.limit > 0 || quota.inode_limit > 0) reading.device += owner_key(quota);
}

std::vector<Quota> parse_quota(std::string_view output, const QuotaQuestion& question) {
  std::vector<Quota> found;
  std::optional<Quota> heading;
  for (const std::string_view line : lines_of(output)) {
    if (line.starts_with("Disk quotas for ")) heading = heading_in(line);
    if (!heading) continue;
    if (heading->kind == QuotaKind::User && heading->id == 0) return {};
    const bool asked = heading->kind == QuotaKind::User || heading->id == question.group;
    Quota quota = *heading;
    if (asked && read_limits(line, question.now, quota)) found.push_back(std::move(quota));
  }
  return found;
}

std::string name_of(QuotaKind kind, std::uint64_t id) {
  std::vector<char> room(std::size_t{1} << 16);
  if (kind == QuotaKind::User) {
    passwd entry{};
    passwd* user = nullptr;
    (void)::getpwuid_r(static_cast<uid_t>(id), &entry, room.data(), room.size(), &user);
    return user == nullptr ? std::string() : user->pw_name;
  }
  group entry{};
  group* members = nullptr;
  (void)::getgrgid_r(static_cast<gid_t>(id), &entry, room.data(), room.size(), &members);
  return members == nullptr ? std::string() : members->gr_name;
}

}  // namespace orchestrator
