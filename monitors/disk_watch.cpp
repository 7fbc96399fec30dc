#include "monitors/disk_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace orchestrator {

namespace {

/// What may go without having been seen before: no rsync is faster.
constexpr double kFastestBytes = 1024.0 * 1024 * 1024;
constexpr double kFastestInodes = 100'000;

/// Of failed looks in a row: so many are a warning.
constexpr unsigned kFailuresToWarn = 3;
constexpr Duration kRetry = std::chrono::seconds(1);

/// Defaults of the shares of inodes where a threshold is a size.
constexpr Percentage kPreflightInodes{20};
constexpr Percentage kWarningInodes{25};
constexpr Percentage kRuntimeInodes{15};

std::uint64_t headroom(std::uint64_t available, std::uint64_t least) { return available > least ? available - least : 0; }

/// " of the quota of user 'nobody'"
std::string of_quota(const std::string& owner) { return owner.empty() ? "" : " of the quota of " + owner; }

std::string left_text(const SpaceReading& reading) {
  return share_text(reading.available, reading.usable) + " (" + size_text(static_cast<double>(reading.available)) + ")" +
         of_quota(reading.quota);
}

std::string inodes_text(const SpaceReading& reading) {
  return share_text(reading.available_inodes, reading.usable_inodes) +
         (reading.inode_quota.empty() ? " of its inodes (" : " of the inodes (") +
         std::to_string(reading.available_inodes) + ")" + of_quota(reading.inode_quota);
}

/// What to do first.
std::string make_room(const std::string& owner) {
  return owner.empty() ? "make room there" : "make room there, have the quota of " + owner + " raised";
}

}  // namespace

DiskWatch::DiskWatch(DiskRules rules)
    : rules_(std::move(rules)),
      place_("'" + rules_.path + "' " + (rules_.host.empty() ? std::string("here") : "on '" + rules_.host + "'")),
      bytes_(kFastestBytes),
      inodes_(kFastestInodes) {
  // The state directory is kept by its reserve alone, and warns at twice of that.
  if (rules_.is_state) {
    const std::uint64_t reserve = rules_.limits.state_reserve.bytes;
    rules_.limits.runtime_minimum = Threshold(ByteSize(reserve));
    rules_.limits.preflight_minimum = Threshold(ByteSize(reserve));
    rules_.limits.warning_threshold = Threshold(ByteSize(reserve * 2));
  }
  seen_.host = rules_.host;
  seen_.path = rules_.path;
}

std::uint64_t DiskWatch::least_bytes(const SpaceReading& reading) const {
  return bytes_of(rules_.limits.runtime_minimum, reading.usable);
}

std::uint64_t DiskWatch::least_inodes(const SpaceReading& reading) const {
  if (rules_.is_state) return 0;
  return inodes_of(rules_.limits.runtime_minimum, kRuntimeInodes, reading.usable_inodes);
}

std::string DiskWatch::limit_text(const char* key, const Threshold& threshold) const {
  return std::string(rules_.is_state ? "state_reserve" : key) + " = \"" + to_string(threshold) + "\"";
}

std::vector<Problem> DiskWatch::problems(const SpaceReading& reading) const {
  std::vector<Problem> found;
  const std::string key = rules_.is_state ? "state_reserve" : "preflight_minimum";
  const std::string remedy = ", or change '" + key + "' in [disk] or in the job's own table";
  const Threshold& minimum = rules_.limits.preflight_minimum;
  const std::uint64_t bytes = std::max(bytes_of(minimum, reading.usable), least_bytes(reading));
  if (reading.available < bytes) {
    found.push_back({place_ + " has " + left_text(reading) + " free, less than " +
                         limit_text("preflight_minimum", minimum) + ": " +
                         size_text(static_cast<double>(bytes - reading.available)) + " too little",
                     make_room(reading.quota) + remedy});
  }
  const std::uint64_t inodes =
      rules_.is_state ? 0 : std::max(inodes_of(minimum, kPreflightInodes, reading.usable_inodes), least_inodes(reading));
  if (reading.usable_inodes > 0 && reading.available_inodes < inodes) {
    found.push_back({place_ + " has " + inodes_text(reading) + " free, less than " +
                         limit_text("preflight_minimum", minimum) + ": " +
                         std::to_string(inodes - reading.available_inodes) + " too few",
                     make_room(reading.inode_quota) + remedy});
  }
  if (reading.read_only) found.push_back({place_ + " is mounted read-only", "mount it for writing"});
  return found;
}

std::optional<Problem> DiskWatch::too_much(const SpaceReading& reading, std::uint64_t bytes,
                                           std::uint64_t inodes) const {
  const std::string above = " above " + limit_text("runtime_minimum", rules_.limits.runtime_minimum);
  const std::string remedy = ", or let the job bring less";
  const std::uint64_t room = headroom(reading.available, least_bytes(reading));
  if (bytes > room) {
    return Problem{"about " + size_text(static_cast<double>(bytes)) + " would come to " + place_ + ", which has " +
                       size_text(static_cast<double>(room)) + of_quota(reading.quota) + above + ": " +
                       size_text(static_cast<double>(bytes - room)) + " too much",
                   make_room(reading.quota) + remedy};
  }
  const std::uint64_t places = headroom(reading.available_inodes, least_inodes(reading));
  if (reading.usable_inodes > 0 && inodes > places) {
    return Problem{"about " + std::to_string(inodes) + " files would come to " + place_ + ", which has inodes for " +
                       std::to_string(places) + of_quota(reading.inode_quota) + above + ": " +
                       std::to_string(inodes - places) + " too many",
                   make_room(reading.inode_quota) + remedy};
  }
  return std::nullopt;
}

DiskVerdict DiskWatch::take(const SpaceReading& reading, TimePoint now) {
  DiskVerdict verdict;
  if (failures_ > 0) verdict.news = "the free space of " + place_ + " is known again";
  failures_ = 0;
  bytes_.take(reading.available, now);
  inodes_.take(reading.available_inodes, now);
  note(reading);
  warn(reading, verdict);
  judge(reading, verdict);
  const Duration interval = rules_.limits.check_interval;
  verdict.next = bytes_.quiet_for(headroom(reading.available, least_bytes(reading)), interval);
  if (reading.usable_inodes > 0) {
    const std::uint64_t places = headroom(reading.available_inodes, least_inodes(reading));
    verdict.next = std::min(verdict.next, inodes_.quiet_for(places, interval));
  }
  verdict.next = std::clamp(verdict.next, std::min(rules_.soonest, interval), interval);
  return verdict;
}

DiskVerdict DiskWatch::failed(const std::string& why) {
  DiskVerdict verdict;
  ++failures_;
  seen_.note = why;
  const std::string text = "the free space of " + place_ + " is not known: " + why;
  verdict.news = text;
  if (failures_ == kFailuresToWarn) {
    verdict.warnings.push_back(text);
    ++seen_.warnings;
    verdict.news.clear();
  }
  if (failures_ >= kFailuresToWarn && rules_.limits.on_unknown == OnUnknown::Cancel) {
    verdict.trip = text + ", and on_unknown = \"cancel\"";
  }
  const bool again_soon = failures_ < kFailuresToWarn;
  verdict.next = again_soon ? std::min<Duration>(kRetry, rules_.limits.check_interval) : rules_.limits.check_interval;
  return verdict;
}

void DiskWatch::note(const SpaceReading& reading) {
  seen_.quota = reading.quota;
  seen_.usable = reading.usable;
  seen_.available = reading.available;
  seen_.least_available = any_ ? std::min(seen_.least_available, reading.available) : reading.available;
  seen_.usable_inodes = reading.usable_inodes;
  seen_.available_inodes = reading.available_inodes;
  seen_.least_available_inodes =
      any_ ? std::min(seen_.least_available_inodes, reading.available_inodes) : reading.available_inodes;
  seen_.rate = bytes_.rate();
  seen_.highest_rate = bytes_.highest();
  any_ = true;
  // Worth a word when the limit is near in time, or passed.
  seen_.note.clear();
  const auto left = bytes_.seconds_to_use(headroom(reading.available, least_bytes(reading)));
  const double soon = 2 * std::chrono::duration<double>(rules_.limits.check_interval).count();
  if (left && *left < soon) seen_.note = forecast(reading);
}

std::string DiskWatch::forecast(const SpaceReading& reading) const {
  const auto left = bytes_.seconds_to_use(reading.available);
  if (!left) return {};
  return "full in " + about_text(*left) + " at " + size_text(bytes_.rate()) + "/s";
}

void DiskWatch::judge(const SpaceReading& reading, DiskVerdict& verdict) const {
  const std::string than = " left, less than " + limit_text("runtime_minimum", rules_.limits.runtime_minimum);
  if (reading.available < least_bytes(reading)) {
    verdict.trip = place_ + " has " + left_text(reading) + than;
  } else if (reading.usable_inodes > 0 && reading.available_inodes < least_inodes(reading)) {
    verdict.trip = place_ + " has " + inodes_text(reading) + than;
  }
}

void DiskWatch::warn(const SpaceReading& reading, DiskVerdict& verdict) {
  const Threshold& threshold = rules_.limits.warning_threshold;
  const auto crossed = [](bool& below, std::uint64_t available, std::uint64_t line, std::uint64_t whole) {
    const bool was_below = std::exchange(below, available < line || (below && available < line + whole / 100));
    return below && !was_below;
  };
  const std::string than = " left, less than " + limit_text("warning_threshold", threshold);
  if (crossed(below_, reading.available, bytes_of(threshold, reading.usable), reading.usable)) {
    const std::string soon = forecast(reading);
    verdict.warnings.push_back(place_ + " has " + left_text(reading) + than + (soon.empty() ? "" : "; " + soon));
  }
  const std::uint64_t inodes =
      rules_.is_state ? 0 : inodes_of(threshold, kWarningInodes, reading.usable_inodes);
  if (reading.usable_inodes > 0 && crossed(inodes_below_, reading.available_inodes, inodes, reading.usable_inodes)) {
    verdict.warnings.push_back(place_ + " has " + inodes_text(reading) + than);
  }
  if (reading.read_only && !read_only_) verdict.warnings.push_back(place_ + " is mounted read-only now");
  read_only_ = reading.read_only;
  seen_.warnings += static_cast<unsigned>(verdict.warnings.size());
}

}  // namespace orchestrator
