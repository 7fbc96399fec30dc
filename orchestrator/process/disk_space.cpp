#include "orchestrator/process/disk_space.hpp"

#include <filesystem>
#include <optional>

#include "orchestrator/process/df_output.hpp"
#include "orchestrator/process/run_process.hpp"

namespace orchestrator {

namespace {

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
    space.total = df_bytes(bytes.total);
    space.available = df_bytes(bytes.available);
    if (succeeded(inodes.status)) {
      const DfLine files = parse_df(inodes.output);
      space.total_inodes = files.total;
      space.available_inodes = files.available;
    }
    co_return space;
  }
}

}  // namespace orchestrator
