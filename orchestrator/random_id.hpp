#pragma once
#include <string>

namespace orchestrator {

/// 128 random bits of the system as 32 hexadecimal digits: names runs, connections and other things that must not be
/// guessed or meet twice. getrandom(2).
[[nodiscard]] std::string random_id();

}  // namespace orchestrator
