#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "orchestrator/process/exit_status.hpp"

namespace orchestrator {

/// The memory that libssh2 works in, and a look at the messages that pass through it.
///
/// libssh2 says neither whether an exit status has arrived (0 is also what it begins with, so a channel that was
/// closed without one looks like success) nor when. But it frees each message that it has dealt with, and that is
/// where we see it. What is not found there is asked of libssh2 itself.
///
/// What libssh2 forgets when a session is dropped in the middle of a handshake is freed with this object. While it signs,
/// however, 1.11.1 frees blocks with OpenSSL's function (libssh2 issue 1828): so all blocks are malloc's own, and those
/// are left alone at the end.
class Libssh2Memory {
 public:
  Libssh2Memory() = default;
  ~Libssh2Memory();
  Libssh2Memory(const Libssh2Memory&) = delete;
  Libssh2Memory& operator=(const Libssh2Memory&) = delete;

  [[nodiscard]] void* allocate(std::size_t size);
  [[nodiscard]] void* reallocate(void* block, std::size_t size);
  void release(void* block) noexcept;

  /// Whether a private key is at work.
  void set_signing(bool signing) noexcept { signing_ = signing; }

  /// The local number of the channel that was confirmed last.
  [[nodiscard]] std::optional<std::uint32_t> last_opened() const noexcept { return last_opened_; }
  void forget_last_opened() noexcept { last_opened_.reset(); }

  [[nodiscard]] std::optional<ExitStatus> exit_status(std::uint32_t channel) const;
  void forget(std::uint32_t channel) { ended_.erase(channel); }

 private:
  struct Block {
    std::size_t size = 0;
    bool signing = false;
  };

  void look_at(char* message, std::size_t size) noexcept;

  std::unordered_map<void*, Block> blocks_;
  bool signing_ = false;
  std::optional<std::uint32_t> last_opened_;
  std::map<std::uint32_t, ExitStatus> ended_;
};

}  // namespace orchestrator
