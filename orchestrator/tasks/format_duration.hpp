#pragma once
#include <chrono>
#include <string>

namespace orchestrator {

/// For people, two units at the most: "250 ms", "0.4 s", "42 s", "3 min 20 s", "2 h 5 min", "1 d 3 h".
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace orchestrator
