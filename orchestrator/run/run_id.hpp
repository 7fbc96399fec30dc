#pragma once
#include <string>

namespace orchestrator {

/// 128 random bits as 32 hexadecimal digits; names a run everywhere, its cookie included.
[[nodiscard]] std::string make_run_id();

}  // namespace orchestrator
