#include "tests/integration/orphans/expectation.hpp"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "orchestrator/run/exit_code.hpp"
#include "tests/integration/orphans/promises.hpp"

namespace orchestrator::test {

namespace {

/// The work has failed before anything ends it.
int code_of_failure(const Cell& cell) { return is_validate(cell.placement) ? kExitValidation : kExitFailed; }

std::string_view state_of_code(int code) {
  switch (code) {
    case kExitSucceeded: return "succeeded";
    case kExitTimedOut: return "timed_out";
    case kExitSignal + SIGINT:
    case kExitSignal + SIGTERM:
    case kExitMonitor: return "cancelled";
    case kExitUnconfirmed: return "";  // any
    default: return "failed";
  }
}

}  // namespace

std::vector<int> demanded_codes(const Cell& cell) {
  if (kills_orchestratord(cell.ending)) return {-SIGKILL};
  // Over a dead line nothing can be confirmed; over one that can be made anew it may be.
  if (cell.ending == Ending::SilentDrop || cell.ending == Ending::PowerCut) return {kExitUnconfirmed};
  if (cuts_connection(cell.ending)) return {code_of_failure(cell), kExitUnconfirmed};
  if (is_undo(cell.placement)) return {kExitFailed};
  switch (cell.ending) {
    case Ending::Succeeds: return {kExitSucceeded};
    case Ending::Fails: return {code_of_failure(cell)};
    case Ending::Sigterm: return {kExitSignal + SIGTERM};
    case Ending::Timeout: return {kExitTimedOut};
    case Ending::SiblingFails: return {kExitFailed};
    case Ending::DiskTrips: return {kExitMonitor};
    default: return {kExitSignal + SIGINT};
  }
}

std::vector<std::string> check_report(const Cell& cell, int code, const Report& report, bool escaped) {
  std::vector<std::string> wrong;
  std::vector<int> demanded = demanded_codes(cell);
  if (escaped) demanded.push_back(kExitUnconfirmed);
  if (std::find(demanded.begin(), demanded.end(), code) == demanded.end()) {
    wrong.push_back(fmt::format("ended with {} instead of {}", code, fmt::join(demanded, " or ")));
  }
  if (report.exit_code != code) wrong.push_back(fmt::format("reports exit code {}, ends with {}", report.exit_code, code));
  const std::string_view state = state_of_code(code);
  if (!state.empty() && report.state != state) {
    wrong.push_back(fmt::format("reports '{}' with exit code {}", report.state, code));
  }
  if ((code == kExitUnconfirmed) != !report.leftovers.empty()) {
    wrong.push_back(fmt::format("exit code {} with {} leftovers", code, report.leftovers.size()));
  }
  for (const auto& [host, guarantee] : report.guarantees) {
    const std::string_view least = host.empty() ? guarantee_here() : least_guarantee(cell);
    if (!is_at_least(guarantee, least)) {
      wrong.push_back(fmt::format("names the guarantee '{}' for '{}', less than '{}'", guarantee, host, least));
    }
  }
  return wrong;
}

std::string guarantee_of(const Cell& cell, const Report& report) {
  const auto named = report.guarantees.find(is_remote(cell.placement) ? "nas" : "");
  return named == report.guarantees.end() ? std::string(least_guarantee(cell)) : named->second;
}

}  // namespace orchestrator::test
