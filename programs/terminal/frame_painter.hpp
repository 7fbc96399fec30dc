#pragma once

#include <string>
#include <vector>

namespace orchestrator {

/// What a terminal has to be sent to show `lines`, none of them as wide as the window, at the place of the cursor and below
/// it, over what was there. In one piece and without clearing first, so that nothing flickers.
///
/// The cursor goes back to the beginning of the first line, so a frame stands alone: it does not matter whether the one
/// before it was ever written. The cursor is not hidden, and no mode of the terminal is changed: whatever ends this
/// program, `kill -9` included, nothing has to be restored.
[[nodiscard]] std::string paint_frame(const std::vector<std::string>& lines);

/// Removes a frame, for text that stays.
[[nodiscard]] std::string erase_frame();

}  // namespace orchestrator
