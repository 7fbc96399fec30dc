#include "programs/terminal/utf8.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace orchestrator {

namespace {

struct CharacterRange {
  char32_t first;
  char32_t last;
};

// The wide and the empty ones that file names really have; wcwidth() depends on the locale.
constexpr std::array kWide{
    CharacterRange{0x1100, 0x115F},   CharacterRange{0x2E80, 0x303E},   CharacterRange{0x3041, 0xA4CF},
    CharacterRange{0xA960, 0xA97C},   CharacterRange{0xAC00, 0xD7A3},   CharacterRange{0xF900, 0xFAFF},
    CharacterRange{0xFE30, 0xFE6F},   CharacterRange{0xFF01, 0xFF60},   CharacterRange{0xFFE0, 0xFFE6},
    CharacterRange{0x1F300, 0x1F64F}, CharacterRange{0x1F680, 0x1F6FF}, CharacterRange{0x1F900, 0x1FAFF},
    CharacterRange{0x20000, 0x3FFFD},
};
constexpr std::array kEmpty{
    CharacterRange{0x0300, 0x036F}, CharacterRange{0x0483, 0x0489}, CharacterRange{0x0591, 0x05BD},
    CharacterRange{0x064B, 0x065F}, CharacterRange{0x1AB0, 0x1AFF}, CharacterRange{0x1DC0, 0x1DFF},
    CharacterRange{0x20D0, 0x20FF}, CharacterRange{0xFE00, 0xFE0F}, CharacterRange{0xFE20, 0xFE2F},
};

bool is_in(std::span<const CharacterRange> ranges, char32_t character) {
  return std::any_of(ranges.begin(), ranges.end(), [character](const CharacterRange& range) {
    return range.first <= character && character <= range.last;
  });
}

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2, value = first & 0x1FU, smallest = 0x80;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3, value = first & 0x0FU, smallest = 0x800;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4, value = first & 0x07U, smallest = 0x10000;
  }
  if (length == 0 || text.size() < length) return {first, 1, false};
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return {first, 1, false};
    value = (value << 6U) | (byte(at) & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || value > 0x10FFFF || surrogate) return {first, 1, false};
  return {value, length, true};
}

std::size_t display_width(char32_t character) {
  if (character < 0x300) return 1;
  if (is_in(kEmpty, character)) return 0;
  return is_in(kWide, character) ? 2 : 1;
}

}  // namespace orchestrator
