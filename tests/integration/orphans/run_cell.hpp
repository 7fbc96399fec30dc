#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/integration/orphans/room.hpp"

namespace orchestrator::test {

struct CellOptions {
  std::size_t shell = 0;           ///< which login shell the plain user has
  bool runs_again = false;         ///< the same job is run once more, and has to work
  /// From what ends it until orchestratord has ended, and then until all is gone. With room for many cells at once.
  std::chrono::seconds bound{15};
  std::chrono::milliseconds delay{};  ///< between the actor's being there and what ends it
};

/// What a cell has shown.
struct CellResult {
  std::vector<std::string> complaints;      ///< empty: all is well
  std::chrono::milliseconds until_gone{};  ///< from what ended it to the last registered process
  bool escaped = false;                      ///< a process that the table lets get away did, and was ended by the cell
};

/// Makes the cell happen in `folder`, and counts what is left of it, by what the actors registered and by /proc.
/// Whatever is left is ended before this returns.
[[nodiscard]] CellResult run_cell(const Premises& premises, const Cell& cell, const std::filesystem::path& folder,
                                  const CellOptions& options);

}  // namespace orchestrator::test
