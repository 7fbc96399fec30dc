#include "tests/integration/orphans/cover.hpp"

#include <array>
#include <random>
#include <set>
#include <tuple>
#include <utility>

namespace orchestrator::test {

namespace {

/// Which two of the four, and their values.
using Pair = std::tuple<int, int, int>;

std::array<Pair, 6> pairs_of(const Cell& cell) {
  const int actor = static_cast<int>(cell.actor);
  const int placement = static_cast<int>(cell.placement);
  const int ending = static_cast<int>(cell.ending);
  const int user = cell.as_user ? 1 : 0;
  return {Pair{0, actor, placement}, Pair{1, actor, ending}, Pair{2, placement, ending},
          Pair{3, actor, user},      Pair{4, placement, user}, Pair{5, ending, user}};
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

// Greedy: one pass for the cells that bring six new pairs, one for five, and so on. The order in which cells are
// looked at is shuffled, always in the same way, so that each pass finds many.
std::vector<Cell> pairwise_cover() {
  std::vector<Cell> cells = possible_cells();
  std::mt19937_64 order(1);
  for (std::size_t at = cells.size(); at > 1; --at) std::swap(cells[at - 1], cells[order() % at]);
  std::set<Pair> missing = pairs_of(cells);
  std::vector<Cell> cover;
  for (std::size_t wanted = 6; wanted > 0; --wanted) {
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
