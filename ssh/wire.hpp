#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// Reads the data types of RFC 4251 5, one after the other. After the first that is not there, `ok()` is false
/// and everything else reads as empty.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint8_t byte();
  [[nodiscard]] std::uint32_t number();
  [[nodiscard]] std::string_view string();
  [[nodiscard]] std::vector<std::string> name_list();
  [[nodiscard]] std::string_view raw(std::size_t size);

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

/// Writes them.
class WireWriter {
 public:
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void number(std::uint32_t value);
  void string(std::string_view value);
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// What a server says it has, in its first packet (SSH_MSG_KEXINIT, RFC 4253 7.1). For messages.
struct ServerOffer {
  std::vector<std::string> key_exchange;
  std::vector<std::string> host_keys;
  std::vector<std::string> ciphers;  ///< client to server
  std::vector<std::string> macs;     ///< client to server
};

/// Finds the offer in what a server sent first: lines of greeting, then the packet.
/// \return none when it is not there, not yet, or makes no sense.
[[nodiscard]] std::optional<ServerOffer> parse_server_offer(std::string_view first_bytes);

}  // namespace orchestrator
