#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace orchestrator {

/// For people, three digits: "999 B", "1.20 KiB", "56.3 MiB", "1.00 TiB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);
/// "56.3 MiB/s"
[[nodiscard]] std::string format_rate(double bytes_per_second);
/// "42 %". Rounds down, so that 100 % means all of it.
[[nodiscard]] std::string format_fraction(double fraction);
/// "1 item", "3 items"
[[nodiscard]] std::string format_count(std::size_t number, std::string_view one, std::string_view many);

}  // namespace orchestrator
