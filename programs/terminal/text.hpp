#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// What a terminal may be shown of bytes that came from anywhere: file names, output of commands.
enum class Charset {
  Ascii,
  Utf8,
};

/// `bytes` as one line that cannot steer a terminal. Control characters, those that reorder text, and bytes
/// that are no valid UTF-8 become "\n", "\x1b", "\u202e"; a tab becomes a space. With `Charset::Ascii` every
/// other character becomes "\xc3\xa4".
[[nodiscard]] std::string printable(std::string_view bytes, Charset charset);

/// The lines of `text`, each printable; no empty ones at the end.
[[nodiscard]] std::vector<std::string> printable_lines(std::string_view text, Charset charset);

/// Columns that printable text takes on a terminal.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// Printable text in at most `width` columns: what is cut off leaves a mark.
[[nodiscard]] std::string keep_start(std::string_view text, std::size_t width, Charset charset);
/// The same, but the end stays: for paths.
[[nodiscard]] std::string keep_end(std::string_view text, std::size_t width, Charset charset);

/// Printable text with spaces up to `width` columns, behind it or in front of it.
[[nodiscard]] std::string pad_right(std::string_view text, std::size_t width);
[[nodiscard]] std::string pad_left(std::string_view text, std::size_t width);

}  // namespace orchestrator
