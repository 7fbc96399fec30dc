#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "orchestrator/process/exit_status.hpp"

namespace orchestrator {

/// The memory that libssh2 works in, and a look at the messages that pass through it.
///
/// libssh2 says neither whether an exit status has arrived (0 is also what it begins with, so a channel that was
/// closed without one looks like success) nor when. But it frees each message that it has dealt with, and that is
/// where we see it. What is not found there is asked of libssh2 itself.
///
/// What libssh2 forgets when a session is dropped in the middle of a login is freed with this object.
class Libssh2Memory {
 public:
  Libssh2Memory() = default;
  ~Libssh2Memory();
  Libssh2Memory(const Libssh2Memory&) = delete;
  Libssh2Memory& operator=(const Libssh2Memory&) = delete;

  [[nodiscard]] void* allocate(std::size_t size);
  [[nodiscard]] void* reallocate(void* block, std::size_t size);
  void release(void* block) noexcept;

  /// The local number of the channel that was confirmed last.
  [[nodiscard]] std::optional<std::uint32_t> last_opened() const noexcept { return last_opened_; }
  void forget_last_opened() noexcept { last_opened_.reset(); }

  [[nodiscard]] std::optional<ExitStatus> exit_status(std::uint32_t channel) const;
  void forget(std::uint32_t channel) { ended_.erase(channel); }

 private:
  // In front of each block that is given out.
  struct alignas(std::max_align_t) Block {
    Block* previous;
    Block* next;
    std::size_t size;
  };

  [[nodiscard]] void* link(void* raw, std::size_t size) noexcept;
  static void unlink(Block& block) noexcept;
  void look_at(char* message, std::size_t size) noexcept;

  Block blocks_{&blocks_, &blocks_, 0};

  std::optional<std::uint32_t> last_opened_;
  std::map<std::uint32_t, ExitStatus> ended_;
};

}  // namespace orchestrator
