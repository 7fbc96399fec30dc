#include "programs/standard_streams.hpp"

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "orchestrator/run/exit_code.hpp"
#include "programs/terminal/terminal_style.hpp"

namespace orchestrator {

void open_closed_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // The lowest free number is the one that open gives.
    if (::fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) ::open("/dev/null", O_RDWR);  // NOLINT
  }
}

namespace {

int stdout_error = 0;

}  // namespace

void stdout_failed(int error) noexcept {
  if (error != EPIPE) stdout_error = error;
}

int code_after_output(int code, std::string_view program) noexcept {
  if (stdout_error == 0) return code;
  complain(std::string("cannot write to stdout: ") + std::strerror(stdout_error) + "; what was printed is not complete", program);
  return code == kExitSucceeded ? kExitFailed : code;
}

bool write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written < 0 && descriptor == STDOUT_FILENO) stdout_failed(errno);
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void complain(std::string_view message, std::string_view program) noexcept {
  std::string text;
  for (const std::string& line : printable_lines(message, terminal_style(STDERR_FILENO).charset)) {
    text += std::string(program) + ": " + line + "\n";
  }
  write_all(STDERR_FILENO, text);
}

}  // namespace orchestrator
