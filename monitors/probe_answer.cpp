#include "monitors/probe_answer.hpp"

#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "orchestrator/error.hpp"
#include "orchestrator/fields.hpp"
#include "orchestrator/process/df_output.hpp"

namespace orchestrator {

namespace {

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

constexpr std::size_t kSpaceFields = 7;
constexpr std::size_t kQuotaFields = 6;

/// "user ID LIMIT USED INODES USED"
std::optional<Quota> quota_in(const std::string_view* fields) {
  Quota quota;
  if (fields[0] == "group") quota.kind = QuotaKind::Group;
  const auto id = number_in(fields[1]);
  const auto limit = number_in(fields[2]);
  const auto used = number_in(fields[3]);
  const auto inode_limit = number_in(fields[4]);
  const auto used_inodes = number_in(fields[5]);
  if ((fields[0] != "group" && fields[0] != "user") || !id || !limit || !used || !inode_limit || !used_inodes) {
    return std::nullopt;
  }
  quota.id = *id;
  quota.limit = *limit;
  quota.used = *used;
  quota.inode_limit = *inode_limit;
  quota.used_inodes = *used_inodes;
  return quota;
}

/// What follows the numbers of the disk. \return none: something else
std::optional<std::vector<Quota>> quotas_in(const std::vector<std::string_view>& fields) {
  std::vector<Quota> quotas;
  if ((fields.size() - kSpaceFields) % kQuotaFields != 0) return std::nullopt;
  for (std::size_t at = kSpaceFields; at < fields.size(); at += kQuotaFields) {
    const std::optional<Quota> quota = quota_in(fields.data() + at);
    if (!quota) return std::nullopt;
    if (quota->limit > 0 || quota->inode_limit > 0) quotas.push_back(*quota);
  }
  return quotas;
}

}  // namespace

HelperAnswer parse_helper_answer(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() == 2 && fields[0] == "error") {
    const auto number = number_in(fields[1]);
    if (number && *number < 4096) throw Error(std::strerror(static_cast<int>(*number)));
  }
  if (fields.size() >= kSpaceFields && fields[0] == "space") {
    const auto usable = number_in(fields[2]);
    const auto available = number_in(fields[3]);
    const auto inodes = number_in(fields[4]);
    const auto available_inodes = number_in(fields[5]);
    const bool flag = fields[6] == "0" || fields[6] == "1";
    std::optional<std::vector<Quota>> quotas = quotas_in(fields);
    if (usable && available && inodes && available_inodes && flag && quotas) {
      return {{*usable, *available, *inodes, *available_inodes, fields[6] == "1", std::string(fields[1])},
              *std::move(quotas)};
    }
  }
  throw Error("cannot read what the disk probe said");
}

DfAnswer parse_df_answer(std::string_view blocks, std::string_view inodes) {
  DfLine bytes = parse_df(blocks);
  DfAnswer answer;
  SpaceReading& reading = answer.space;
  reading.usable = df_bytes(sum(bytes.used, bytes.available));
  reading.available = df_bytes(bytes.available);
  // Directories with quotas of their own (projects) differ in their size alone.
  reading.device = std::move(bytes.file_system) + " " + std::to_string(bytes.total);
  if (const std::optional<DfLine> files = find_df_line(inodes)) {
    reading.usable_inodes = sum(files->used, files->available);
    reading.available_inodes = files->available;
  }
  answer.mount_point = std::move(bytes.mount_point);
  return answer;
}

}  // namespace orchestrator
