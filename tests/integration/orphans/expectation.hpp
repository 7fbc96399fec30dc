#pragma once
#include <string>
#include <vector>

#include "tests/integration/orphans/matrix.hpp"
#include "tests/integration/orphans/report.hpp"

namespace orchestrator::test {

/// How a run of this cell may end: its exit codes (minus a signal's number where there is no report).
[[nodiscard]] std::vector<int> demanded_codes(const Cell& cell);

/// What is wrong with the report of a cell, apart from who is alive. What has escaped, and may, may be listed.
[[nodiscard]] std::vector<std::string> check_report(const Cell& cell, int code, const Report& report, bool escaped);

/// The guarantee that a report names for where the cell's actor runs; the least one where it names none.
[[nodiscard]] std::string guarantee_of(const Cell& cell, const Report& report);

}  // namespace orchestrator::test
