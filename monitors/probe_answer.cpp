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
  DfLine bytes = parse_df(blocks);
  SpaceReading reading;
  reading.usable = df_bytes(sum(bytes.used, bytes.available));
  reading.available = df_bytes(bytes.available);
  reading.device = std::move(bytes.file_system);
  if (const std::optional<DfLine> files = find_df_line(inodes)) {
    reading.usable_inodes = sum(files->used, files->available);
    reading.available_inodes = files->available;
  }
  return reading;
}

}  // namespace orchestrator
