#include "orchestrator/config/small_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/units.hpp"

namespace orchestrator {
namespace {

class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int fd) : fd_(fd) {}
  ~OwnedDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;

  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& reason) {
  throw ParseError("cannot read '" + file.string() + "': " + reason);
}

[[noreturn]] void fail_with_errno(const std::filesystem::path& file) {
  fail(file, std::system_category().message(errno));
}

}  // namespace

std::string read_small_file(const std::filesystem::path& file, std::size_t limit,
                            const std::function<void(const struct stat&)>& inspect) {
  // Not blocking, because opening a pipe would wait for its writer.
  const OwnedDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (fd.get() < 0 || ::fstat(fd.get(), &status) != 0) fail_with_errno(file);
  if (S_ISDIR(status.st_mode)) fail(file, "it is a directory");
  if (!S_ISREG(status.st_mode)) fail(file, "it is not a regular file");
  if (inspect) inspect(status);

  std::string content;
  for (;;) {
    constexpr std::size_t kPiece = 16384;
    const std::size_t before = content.size();
    content.resize(before + kPiece);
    const ssize_t got = ::read(fd.get(), content.data() + before, kPiece);
    if (got < 0 && errno != EINTR) fail_with_errno(file);
    content.resize(before + static_cast<std::size_t>(got < 0 ? 0 : got));
    if (content.size() > limit) fail(file, "it is larger than " + to_string(ByteSize(limit)));
    if (got == 0) return content;
  }
}

}  // namespace orchestrator
