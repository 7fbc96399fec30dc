#include "programs/terminal/terminal_style.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace orchestrator {

namespace {

bool names_utf8(std::string locale) {
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

// POSIX: the first of these that is set and not empty decides.
Charset charset_of(const GetVariable& variable) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::optional<std::string> value = variable(name);
    if (value && !value->empty()) return names_utf8(*value) ? Charset::Utf8 : Charset::Ascii;
  }
  return Charset::Ascii;
}

std::string_view colour_code(Colour colour) {
  switch (colour) {
    case Colour::Red: return "\x1b[31m";
    case Colour::Yellow: return "\x1b[33m";
    case Colour::Green: return "\x1b[32m";
    case Colour::Bold: return "\x1b[1m";
    case Colour::Dim: return "\x1b[2m";
  }
  return "";
}

}  // namespace

TerminalStyle terminal_style(bool is_terminal, const GetVariable& variable) {
  const std::string kind = variable("TERM").value_or("");
  const bool clever = is_terminal && !kind.empty() && kind != "dumb";
  TerminalStyle style;
  style.live = clever;
  style.colour = clever && variable("NO_COLOR").value_or("").empty();
  style.charset = charset_of(variable);
  return style;
}

TerminalStyle terminal_style(int descriptor) {
  const auto from_environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
  return terminal_style(::isatty(descriptor) == 1, from_environment);
}

TerminalSize terminal_size(int descriptor) {
  winsize size{};
  TerminalSize result;
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return result;
  if (size.ws_col > 0) result.columns = size.ws_col;
  if (size.ws_row > 0) result.rows = size.ws_row;
  return result;
}

std::string coloured(Colour colour, const std::string& text, const TerminalStyle& style) {
  if (!style.colour) return text;
  return std::string(colour_code(colour)).append(text).append("\x1b[0m");
}

}  // namespace orchestrator
