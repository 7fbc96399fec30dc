#include "programs/terminal/frame_painter.hpp"

namespace orchestrator {

std::string paint_frame(const std::vector<std::string>& lines) {
  std::string out = "\r";
  for (const std::string& line : lines) out += line + "\x1b[K\n";
  // The line below, and what a longer frame has left there.
  out += "\x1b[J";
  // At the bottom of the window the lines have scrolled it, so the way back is the same.
  if (!lines.empty()) out += "\x1b[" + std::to_string(lines.size()) + "A";
  return out;
}

std::string erase_frame() { return "\r\x1b[J"; }

}  // namespace orchestrator
