#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/integration/orphans/run_cell.hpp"

namespace orchestrator::test {

struct PoolOptions {
  std::size_t at_once = 8;  ///< cells mostly wait
  std::optional<std::chrono::seconds> limit{};  ///< after it no further cell begins
  std::uint64_t seed = 1;
  bool random_timing = false;
};

/// What all the cells have shown.
struct Tally {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t known = 0;        ///< failed as is known of them
  std::size_t escaped = 0;      ///< of the passed: something got away that the table lets get away
  std::size_t not_begun = 0;    ///< when the limit came
  std::chrono::milliseconds slowest{};  ///< from what ended a cell to the last registered process
};

/// Runs every cell in a process and a folder of its own, several at once, and prints what is wrong with which.
[[nodiscard]] Tally run_cells(const Premises& premises, const std::vector<Cell>& cells, const PoolOptions& options);

}  // namespace orchestrator::test
