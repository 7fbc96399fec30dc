#include "tests/integration/orphans/cover.hpp"

#include <array>
#include <random>
#include <set>
#include <tuple>
#include <utility>

namespace orchestrator::test {

namespace {

/// Which two of the three, and their values.
using Pair = std::tuple<int, int, int>;

std::array<Pair, 3> pairs_of(const Cell& cell) {
  const int actor = static_cast<int>(cell.actor);
  const int placement = static_cast<int>(cell.placement);
  const int ending = static_cast<int>(cell.ending);
  return {Pair{0, actor, placement}, Pair{1, actor, ending}, Pair{2, placement, ending}};
}

std::set<Pair> pairs_of(const std::vector<Cell>& cells) {
  std::set<Pair> pairs;
  for (const Cell& cell : cells) {
    for (const Pair& pair : pairs_of(cell)) pairs.insert(pair);
  }
  return pairs;
}

std::size_t gain(const Cell& cell, const std::set<Pair>& missing) {
  std::size_t count = 0;
  for (const Pair& pair : pairs_of(cell)) count += missing.count(pair);
  return count;
}

}  // namespace

std::vector<Cell> possible_cells() {
  std::vector<Cell> cells = all_cells();
  std::erase_if(cells, [](const Cell& cell) { return !impossible_because(cell).empty(); });
  return cells;
}

// Greedy: one pass for the cells that bring three new pairs, one for two, one for one. The order in which cells are
// looked at is shuffled, always in the same way, so that each pass finds many.
std::vector<Cell> pairwise_cover() {
  std::vector<Cell> cells = possible_cells();
  std::mt19937_64 order(1);
  for (std::size_t at = cells.size(); at > 1; --at) std::swap(cells[at - 1], cells[order() % at]);
  std::set<Pair> missing = pairs_of(cells);
  std::vector<Cell> cover;
  for (const std::size_t wanted : {3UL, 2UL, 1UL}) {
    for (const Cell& cell : cells) {
      if (gain(cell, missing) < wanted) continue;
      for (const Pair& pair : pairs_of(cell)) missing.erase(pair);
      cover.push_back(cell);
    }
  }
  return cover;
}

bool covers_all_pairs(const std::vector<Cell>& cells) { return pairs_of(cells) == pairs_of(possible_cells()); }

std::vector<Cell> random_cells(std::size_t count, std::uint64_t seed) {
  const std::vector<Cell> cells = possible_cells();
  std::mt19937_64 numbers(seed);
  std::vector<Cell> some;
  while (some.size() < count) some.push_back(cells[numbers() % cells.size()]);
  return some;
}

}  // namespace orchestrator::test
