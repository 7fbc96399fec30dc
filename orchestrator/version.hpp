#pragma once

#include <string_view>

namespace orchestrator {

/// The version of this build, as `--version` prints it: "1.2.3".
[[nodiscard]] std::string_view version() noexcept;

}  // namespace orchestrator
