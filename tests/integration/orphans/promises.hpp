#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/orphans/matrix.hpp"

namespace orchestrator::test {

/// What no containment of this guarantee (as reports name it) can catch, and why.
struct Hole {
  std::string_view guarantee;
  Actor actor;
  std::optional<Ending> ending;  ///< with this one alone; missing: with any
  std::string_view what;         ///< for the README
  bool is_named = false;         ///< among the leftovers of the report
};

/// The table of what is not guaranteed. A cell whose actor has a hole under the guarantee that the report names may
/// leave it; every other cell must not, and no report may name more than is true.
[[nodiscard]] const std::vector<Hole>& holes();

/// Whether the actor of `cell` may get away where a report names `guarantee`.
[[nodiscard]] bool may_escape(const Cell& cell, std::string_view guarantee);

/// Whether it then has to be among the leftovers.
[[nodiscard]] bool must_be_named(const Cell& cell, std::string_view guarantee);

/// The least that a report has to name for this machine.
[[nodiscard]] std::string_view guarantee_here();

/// The least that it has to name for the machine where the commands of a cell run, and what holds without a report.
[[nodiscard]] std::string_view least_guarantee(const Cell& cell);

/// Whether `named` is at least `least`.
[[nodiscard]] bool is_at_least(std::string_view named, std::string_view least);

/// Why a cell may fail until the product is mended: it runs, and is counted apart; empty for all others.
[[nodiscard]] std::string_view known_failure(const Cell& cell);

/// "What is guaranteed where", as the README has it.
[[nodiscard]] std::string guarantee_table();

}  // namespace orchestrator::test
