#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator {

/// One line of `df -P`, of blocks or of inodes. A file system without a bound on its inodes says "-", or 0.
struct DfLine {
  std::uint64_t total = 0;
  std::uint64_t used = 0;
  std::uint64_t available = 0;
  std::string file_system;  ///< its device, and where it is mounted
  std::string mount_point;  ///< the second of these alone
};

/// The first line with numbers in the output of `df -P` for one path, if there is one.
[[nodiscard]] std::optional<DfLine> find_df_line(std::string_view output);

/// The same. \throws Error when there is no such line.
[[nodiscard]] DfLine parse_df(std::string_view output);

/// Blocks of `df -k` in bytes; the largest number for more than that.
[[nodiscard]] std::uint64_t df_bytes(std::uint64_t blocks);

}  // namespace orchestrator
