#pragma once
#include <cstdint>
#include <vector>

#include "tests/integration/orphans/matrix.hpp"

namespace orchestrator::test {

/// The cells that are possible.
[[nodiscard]] std::vector<Cell> possible_cells();

/// Cells in which every two of actor, placement and ending that are possible together come together at least once.
/// The same ones each time.
[[nodiscard]] std::vector<Cell> pairwise_cover();

/// Whether every pair that is in a possible cell is in one of `cells`.
[[nodiscard]] bool covers_all_pairs(const std::vector<Cell>& cells);

/// `count` possible cells, some of them more than once, as `seed` has it.
[[nodiscard]] std::vector<Cell> random_cells(std::size_t count, std::uint64_t seed);

}  // namespace orchestrator::test
