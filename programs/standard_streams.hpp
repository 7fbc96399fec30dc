#pragma once

#include <string_view>

namespace orchestrator {

/// Opens /dev/null where stdin, stdout or stderr is closed, so that no file or socket of ours gets their number.
/// Descriptors that stay open are left as they are.
void open_closed_streams();

/// Writes all of it, waiting as long as it takes. \return false when nobody reads any more or the write fails.
bool write_all(int descriptor, std::string_view text) noexcept;

/// One line on stderr: "orchestratord: ...", what came from elsewhere made printable.
void complain(std::string_view message, std::string_view program = "orchestratord") noexcept;

}  // namespace orchestrator
