#include "orchestrator/process/disk_space.hpp"

#include <charconv>
#include <filesystem>
#include <optional>
#include <vector>

#include "orchestrator/process/run_process.hpp"

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

/// A number; "-" is none, and less than nothing (reserved blocks in use) nothing.
std::optional<std::uint64_t> number_in(std::string_view field) {
  if (field.starts_with('-')) return 0;
  std::uint64_t number = 0;
  const auto [end, ec] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (ec != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return number;
}

/// total, used, available, "41%": found by their look, because names of devices and mount points may have spaces.
std::optional<DfLine> numbers_in(std::string_view line) {
  const std::vector<std::string_view> fields = fields_of(line);
  for (std::size_t i = 1; i + 3 < fields.size(); ++i) {
    const auto total = number_in(fields[i]);
    const auto used = number_in(fields[i + 1]);
    const auto available = number_in(fields[i + 2]);
    const bool percent = fields[i + 3].ends_with('%') || fields[i + 3] == "-";
    if (total && used && available && percent) return DfLine{*total, *available};
  }
  return std::nullopt;
}

Command df_command(const std::string& unit, const std::string& path) {
  Command command;
  ArgumentVector program;
  program.words.assign({"df", "-P", unit, "--", path});
  command.program = std::move(program);
  command.environment.emplace("LC_ALL", "C");
  return command;
}

std::string place(const Host& host, const std::string& path) {
  return host.is_local() ? "'" + path + "'" : "'" + path + "' on '" + host.name() + "'";
}

bool is_missing(const ProcessResult& result) {
  return result.errors.find("No such file or directory") != std::string::npos;
}

/// The next shorter path; none above "/" and above a relative one's first part.
std::optional<std::string> parent_of(const std::string& path) {
  std::filesystem::path shorter(path);
  if (!shorter.has_filename()) shorter = shorter.parent_path();
  if (!shorter.has_relative_path() || path == ".") return std::nullopt;
  shorter = shorter.parent_path();
  return shorter.empty() ? "." : shorter.string();
}

}  // namespace

DfLine parse_df(std::string_view output) {
  while (!output.empty()) {
    const std::size_t end = std::min(output.find('\n'), output.size());
    if (const auto numbers = numbers_in(output.substr(0, end))) return *numbers;
    output.remove_prefix(std::min(end + 1, output.size()));
  }
  throw Error("cannot read what df printed: no line of numbers in it");
}

awaitable<DiskSpace> disk_space_by_df(Host& host, std::string path) {
  std::string existing = path;
  for (;;) {
    Command ask_blocks = df_command("-k", existing);
    const ProcessResult blocks = co_await run_process(host, std::move(ask_blocks));
    if (!succeeded(blocks.status)) {
      const std::optional<std::string> parent = parent_of(existing);
      if (is_missing(blocks) && parent) {
        existing = *parent;
        continue;
      }
      const std::string reason = blocks.errors.substr(0, blocks.errors.find('\n'));
      throw Error("cannot ask for the space on " + place(host, path) + ": df: " + to_string(blocks.status) + ": " + reason);
    }
    Command ask_inodes = df_command("-i", existing);
    const ProcessResult inodes = co_await run_process(host, std::move(ask_inodes));
    const DfLine bytes = parse_df(blocks.output);
    DiskSpace space;
    space.total = bytes.total * kBlock;
    space.available = bytes.available * kBlock;
    if (succeeded(inodes.status)) {
      const DfLine files = parse_df(inodes.output);
      space.total_inodes = files.total;
      space.available_inodes = files.available;
    }
    co_return space;
  }
}

}  // namespace orchestrator
