#include "ssh/libssh2_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include "ssh/wire.hpp"

namespace orchestrator {

namespace {

constexpr std::uint8_t kChannelOpenConfirmation = 91;
constexpr std::uint8_t kChannelRequest = 98;

}  // namespace

Libssh2Memory::~Libssh2Memory() {
  while (blocks_.next != &blocks_) {
    Block* block = blocks_.next;
    unlink(*block);
    std::free(block);
  }
}

void* Libssh2Memory::link(void* raw, std::size_t size) noexcept {
  if (!raw) return nullptr;
  auto* block = new (raw) Block{&blocks_, blocks_.next, size};
  block->next->previous = block;
  blocks_.next = block;
  return block + 1;
}

void Libssh2Memory::unlink(Block& block) noexcept {
  block.previous->next = block.next;
  block.next->previous = block.previous;
}

void* Libssh2Memory::allocate(std::size_t size) { return link(std::malloc(size + sizeof(Block)), size); }

void* Libssh2Memory::reallocate(void* block, std::size_t size) {
  if (!block) return allocate(size);
  Block* old = static_cast<Block*>(block) - 1;
  unlink(*old);
  const std::size_t old_size = old->size;
  if (void* grown = std::realloc(old, size + sizeof(Block))) return link(grown, size);
  static_cast<void>(link(old, old_size));
  return nullptr;
}

void Libssh2Memory::release(void* block) noexcept {
  if (!block) return;
  Block* base = static_cast<Block*>(block) - 1;
  look_at(static_cast<char*>(block), base->size);
  unlink(*base);
  std::free(base);
}

void Libssh2Memory::look_at(char* message, std::size_t size) noexcept {
  if (size < 5) return;
  const auto kind = static_cast<std::uint8_t>(message[0]);
  if (kind != kChannelOpenConfirmation && kind != kChannelRequest) return;
  WireReader reader(std::string_view(message, size).substr(1));
  const std::uint32_t channel = reader.number();
  if (kind == kChannelOpenConfirmation) {
    if (size >= 17) last_opened_ = channel;
  } else {
    const std::string_view request = reader.string();
    static_cast<void>(reader.byte());
    if (request == "exit-status") {
      const std::uint32_t code = reader.number();
      if (reader.ok()) ended_[channel] = Exited{static_cast<int>(code)};
    } else if (request == "exit-signal") {
      const std::string_view name = reader.string();
      const bool core_dumped = reader.byte() != 0;
      if (reader.ok()) ended_[channel] = Signalled{std::string(name), core_dumped};
    }
  }
  // The block may be handed out again and come back with its old content.
  std::memset(message, 0, 5);
}

std::optional<ExitStatus> Libssh2Memory::exit_status(std::uint32_t channel) const {
  const auto found = ended_.find(channel);
  if (found == ended_.end()) return std::nullopt;
  return found->second;
}

}  // namespace orchestrator
