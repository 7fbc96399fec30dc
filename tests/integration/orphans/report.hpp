#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace orchestrator::test {

/// The last line of `orchestratord --json`.
struct Report {
  int exit_code = -1;
  std::string state;
  std::vector<std::string> leftovers;             ///< "nas: group 4711: why"
  std::map<std::string, std::string> guarantees;  ///< by host; "" is this machine
  std::string text;                               ///< the line itself
};

/// \return nothing when the file does not end with a result.
[[nodiscard]] std::optional<Report> read_report(const std::filesystem::path& output);

}  // namespace orchestrator::test
