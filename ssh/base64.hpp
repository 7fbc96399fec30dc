#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace orchestrator {

/// RFC 4648 4, with padding.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// Line breaks and blanks are skipped, padding may be missing. None: not base64.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace orchestrator
