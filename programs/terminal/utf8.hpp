#pragma once

#include <cstddef>
#include <string_view>

namespace orchestrator {

/// One character of a text.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;  ///< bytes
  bool valid = false;      ///< false: one byte that is no UTF-8 here
};

/// The character at the beginning of `text`, which is not empty. Overlong forms and surrogates are not valid.
[[nodiscard]] CodePoint decode_utf8(std::string_view text);

/// Columns of a character on a terminal: 0, 1 or 2.
[[nodiscard]] std::size_t display_width(char32_t character);

}  // namespace orchestrator
