#include "programs/terminal/text.hpp"

#include <fmt/format.h>

#include "programs/terminal/utf8.hpp"

namespace orchestrator {

namespace {

// Characters that are not seen but change what is: C0, C1, line separators, direction marks, fillers.
bool steers_terminal(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) || character == 0xAD ||
         character == 0x61C || (character >= 0x200B && character <= 0x200F) ||
         (character >= 0x2028 && character <= 0x202E) || (character >= 0x2060 && character <= 0x206F) ||
         character == 0xFEFF || (character >= 0xFFF9 && character <= 0xFFFB) ||
         (character >= 0xE0000 && character <= 0xE0FFF);
}

void append_escaped_bytes(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
}

void append_escaped(std::string& out, char32_t character) {
  if (character == '\t') {
    out += ' ';
  } else if (character == '\n') {
    out += "\\n";
  } else if (character == '\r') {
    out += "\\r";
  } else if (character < 0x100) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned>(character));
  } else {
    out += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
  }
}

std::string_view cut_mark(Charset charset) { return charset == Charset::Utf8 ? "…" : ">"; }

}  // namespace

std::string printable(std::string_view bytes, Charset charset) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint point = decode_utf8(bytes);
    const std::string_view encoded = bytes.substr(0, point.length);
    bytes.remove_prefix(point.length);
    if (!point.valid || (charset == Charset::Ascii && point.value > 0x7F)) {
      append_escaped_bytes(out, encoded);
    } else if (steers_terminal(point.value)) {
      append_escaped(out, point.value);
    } else {
      out += encoded;
    }
  }
  return out;
}

std::vector<std::string> printable_lines(std::string_view text, Charset charset) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(printable(line, charset));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    width += display_width(point.value);
    text.remove_prefix(point.length);
  }
  return width;
}

std::string keep_start(std::string_view text, std::size_t width, Charset charset) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t used = 1;  // of the mark
  std::size_t end = 0;
  while (end < text.size()) {
    const CodePoint point = decode_utf8(text.substr(end));
    used += display_width(point.value);
    if (used > width) break;
    end += point.length;
  }
  return std::string(text.substr(0, end)).append(cut_mark(charset));
}

std::string keep_end(std::string_view text, std::size_t width, Charset charset) {
  if (width == 0) return {};
  std::size_t left = display_width(text);
  if (left <= width) return std::string(text);
  while (left > width - 1) {
    const CodePoint point = decode_utf8(text);
    left -= display_width(point.value);
    text.remove_prefix(point.length);
  }
  return std::string(cut_mark(charset)).append(text);
}

std::string pad_right(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(text).append(used < width ? width - used : 0, ' ');
}

std::string pad_left(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(used < width ? width - used : 0, ' ').append(text);
}

}  // namespace orchestrator
