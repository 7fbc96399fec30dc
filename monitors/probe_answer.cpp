#include "monitors/probe_answer.hpp"

#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "orchestrator/error.hpp"

namespace orchestrator {

namespace {

constexpr std::uint64_t kBlock = 1024;  // df -k

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return fields;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    fields.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

std::optional<std::uint64_t> number_in(std::string_view field) {
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (ec != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return number;
}

/// "-" is none; less than nothing (reserved blocks in use) is nothing.
std::optional<std::uint64_t> df_number(std::string_view field) {
  if (field == "-") return 0;
  if (field.starts_with('-')) return number_in(field.substr(1)) ? std::optional<std::uint64_t>(0) : std::nullopt;
  return number_in(field);
}

struct DfNumbers {
  std::uint64_t used = 0;
  std::uint64_t available = 0;
  std::string device;  // and where it is mounted
};

/// total, used, available, "41%": found by their look, because names of devices and mount points may have spaces.
std::optional<DfNumbers> numbers_in(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  for (std::size_t i = 1; i + 3 < fields.size(); ++i) {
    const auto total = df_number(fields[i]);
    const auto used = df_number(fields[i + 1]);
    const auto available = df_number(fields[i + 2]);
    const std::string_view percent = fields[i + 3];
    if (!total || !used || !available || (!percent.ends_with('%') && percent != "-")) continue;
    DfNumbers numbers{*used, *available, {}};
    numbers.device.assign(line.substr(0, static_cast<std::size_t>(fields[i].data() - line.data())));
    numbers.device.append(percent.data() + percent.size(), line.data() + line.size());
    return numbers;
  }
  return std::nullopt;
}

std::optional<DfNumbers> df_numbers(std::string_view output) {
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    if (auto numbers = numbers_in(output.substr(0, end))) return numbers;
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  return std::nullopt;
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

std::uint64_t in_bytes(std::uint64_t blocks) {
  return blocks > std::numeric_limits<std::uint64_t>::max() / kBlock ? std::numeric_limits<std::uint64_t>::max()
                                                                     : blocks * kBlock;
}

}  // namespace

SpaceReading parse_helper_answer(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  if (fields.size() == 2 && fields[0] == "error") {
    const auto number = number_in(fields[1]);
    if (number && *number < 4096) throw Error(std::strerror(static_cast<int>(*number)));
  }
  if (fields.size() == 7 && fields[0] == "space") {
    const auto usable = number_in(fields[2]);
    const auto available = number_in(fields[3]);
    const auto inodes = number_in(fields[4]);
    const auto available_inodes = number_in(fields[5]);
    const bool flag = fields[6] == "0" || fields[6] == "1";
    if (usable && available && inodes && available_inodes && flag) {
      return SpaceReading{*usable, *available, *inodes, *available_inodes, fields[6] == "1", std::string(fields[1])};
    }
  }
  throw Error("cannot read what the disk probe said");
}

SpaceReading parse_df_answer(std::string_view blocks, std::string_view inodes) {
  const std::optional<DfNumbers> bytes = df_numbers(blocks);
  if (!bytes) throw Error("cannot read what df printed: no line of numbers in it");
  SpaceReading reading;
  reading.usable = in_bytes(sum(bytes->used, bytes->available));
  reading.available = in_bytes(bytes->available);
  reading.device = bytes->device;
  if (const std::optional<DfNumbers> files = df_numbers(inodes)) {
    reading.usable_inodes = sum(files->used, files->available);
    reading.available_inodes = files->available;
  }
  return reading;
}

}  // namespace orchestrator
