#include "orchestrator/process/df_output.hpp"

#include <limits>

#include "orchestrator/error.hpp"
#include "orchestrator/fields.hpp"

namespace orchestrator {

namespace {

constexpr std::uint64_t kBlock = 1024;  // df -k

/// "-" is none; less than nothing (reserved blocks in use) is nothing.
std::optional<std::uint64_t> df_number(std::string_view field) {
  if (field == "-") return 0;
  if (field.starts_with('-')) return number_in(field.substr(1)) ? std::optional<std::uint64_t>(0) : std::nullopt;
  return number_in(field);
}

/// total, used, available, "41%": found by their look, because names of devices and mount points may have spaces.
std::optional<DfLine> numbers_in(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  for (std::size_t i = 1; i + 3 < fields.size(); ++i) {
    const auto total = df_number(fields[i]);
    const auto used = df_number(fields[i + 1]);
    const auto available = df_number(fields[i + 2]);
    const std::string_view percent = fields[i + 3];
    if (!total || !used || !available || (!percent.ends_with('%') && percent != "-")) continue;
    DfLine found{*total, *used, *available, {}, {}};
    found.file_system.assign(line.substr(0, static_cast<std::size_t>(fields[i].data() - line.data())));
    found.file_system.append(percent.data() + percent.size(), line.data() + line.size());
    if (i + 4 < fields.size()) found.mount_point.assign(fields[i + 4].data(), line.data() + line.size());
    return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<DfLine> find_df_line(std::string_view output) {
  for (const std::string_view line : lines_of(output)) {
    if (auto found = numbers_in(line)) return found;
  }
  return std::nullopt;
}

DfLine parse_df(std::string_view output) {
  if (auto found = find_df_line(output)) return *std::move(found);
  throw Error("cannot read what df printed: no line of numbers in it");
}

std::uint64_t df_bytes(std::uint64_t blocks) {
  constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();
  return blocks > kLargest / kBlock ? kLargest : blocks * kBlock;
}

}  // namespace orchestrator
