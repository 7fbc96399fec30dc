#pragma once
#include "tests/integration/orphans/room.hpp"

namespace orchestrator::test {

/// Whether cells notice: runs one with programs instead of orchestratord that leave something, or lie. Prints what was
/// not noticed. \return how many were not.
[[nodiscard]] int run_self_test(const Premises& premises, const std::filesystem::path& folder);

}  // namespace orchestrator::test
