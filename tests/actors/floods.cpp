// Writes as many MiB as it is told to stdout and to stderr at once, in turns that block on either.
#include <cstdlib>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

void flood(int descriptor, long bytes) {
  const std::string block(1 << 16, 'x');
  while (bytes > 0) {
    const ssize_t written = ::write(descriptor, block.data(), block.size());
    if (written <= 0) std::_Exit(1);
    bytes -= written;
  }
}

}  // namespace

int main(int count, char** words) {
  const long bytes = (count > 1 ? std::atol(words[1]) : 1) << 20;
  std::thread errors(flood, STDERR_FILENO, bytes);
  flood(STDOUT_FILENO, bytes);
  errors.join();
}
