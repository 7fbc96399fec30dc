#include "ssh/libssh2_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "ssh/wire.hpp"

namespace orchestrator {

namespace {

constexpr std::uint8_t kChannelOpenConfirmation = 91;
constexpr std::uint8_t kChannelRequest = 98;

}  // namespace

Libssh2Memory::~Libssh2Memory() {
  for (const auto& [block, about] : blocks_) {
    if (!about.signing) std::free(block);
  }
}

void* Libssh2Memory::allocate(std::size_t size) {
  void* block = std::malloc(size);
  if (block) blocks_[block] = Block{size, signing_};
  return block;
}

void* Libssh2Memory::reallocate(void* block, std::size_t size) {
  auto known = blocks_.extract(block);
  void* grown = std::realloc(block, size);
  if (grown) {
    blocks_[grown] = Block{size, signing_};
  } else if (known) {
    blocks_.insert(std::move(known));
  }
  return grown;
}

void Libssh2Memory::release(void* block) noexcept {
  const auto known = blocks_.find(block);
  if (known != blocks_.end()) {
    look_at(static_cast<char*>(block), known->second.size);
    blocks_.erase(known);
  }
  std::free(block);
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
