#pragma once

#include <functional>
#include <optional>
#include <string>

#include "programs/terminal/text.hpp"

namespace orchestrator {

/// What may be written to a descriptor.
struct TerminalStyle {
  bool live = false;    ///< a terminal whose cursor can be moved: a bar, drawn over and over
  bool colour = false;
  Charset charset = Charset::Ascii;
};

/// Width and height in characters.
struct TerminalSize {
  unsigned columns = 80;
  unsigned rows = 24;
};

using GetVariable = std::function<std::optional<std::string>(const std::string&)>;

/// The style of a descriptor that is a terminal or not, in an environment: TERM (empty and "dumb" have no bar and no
/// colour), NO_COLOR (no colour when it is not empty), LC_ALL, LC_CTYPE and LANG (UTF-8 or not).
[[nodiscard]] TerminalStyle terminal_style(bool is_terminal, const GetVariable& variable);
/// The same for a descriptor of this process.
[[nodiscard]] TerminalStyle terminal_style(int descriptor);

/// Asked anew each time, so that a resized window is noticed; 80 by 24 when the terminal does not know.
[[nodiscard]] TerminalSize terminal_size(int descriptor);

enum class Colour { Red, Yellow, Green, Bold, Dim };
/// `text` in a colour, if there are colours.
[[nodiscard]] std::string coloured(Colour colour, const std::string& text, const TerminalStyle& style);

}  // namespace orchestrator
