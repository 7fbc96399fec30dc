#pragma once

#include <string_view>

namespace orchestrator {

/// Opens /dev/null where stdin, stdout or stderr is closed, so that no file or socket of ours gets their number.
/// Descriptors that stay open are left as they are.
void open_closed_streams();

/// Writes all of it, waiting as long as it takes. \return false when nobody reads any more or the write fails.
bool write_all(int descriptor, std::string_view text) noexcept;

/// Something could not be written to stdout; `write_all` notes that itself. A reader that went away (EPIPE) is none of it.
void stdout_failed(int error) noexcept;

/// The exit code of a program whose work came to `code`. What could not be written to stdout is said on stderr, and makes a 0 a 1.
[[nodiscard]] int code_after_output(int code, std::string_view program = "orchestratord") noexcept;

/// One line on stderr: "orchestratord: ...", what came from elsewhere made printable.
void complain(std::string_view message, std::string_view program = "orchestratord") noexcept;

}  // namespace orchestrator
