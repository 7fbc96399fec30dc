#include "ssh/wire.hpp"

namespace orchestrator {

std::string_view WireReader::raw(std::size_t size) {
  if (!ok_ || size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

std::uint8_t WireReader::byte() {
  const std::string_view bytes = raw(1);
  return ok_ ? static_cast<std::uint8_t>(bytes[0]) : std::uint8_t{0};
}

std::uint32_t WireReader::number() {
  std::uint32_t value = 0;
  for (const char c : raw(4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string_view WireReader::string() {
  const std::uint32_t size = number();
  return raw(size);
}

std::vector<std::string> WireReader::name_list() {
  std::vector<std::string> names;
  std::string_view list = string();
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    names.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return names;
}

void WireWriter::number(std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) byte(static_cast<std::uint8_t>(value >> shift & 255U));
}

void WireWriter::string(std::string_view value) {
  number(static_cast<std::uint32_t>(value.size()));
  bytes_ += value;
}

std::optional<ServerOffer> parse_server_offer(std::string_view first_bytes) {
  constexpr std::uint8_t kKexInit = 20;
  // Lines before the version are allowed (RFC 4253 4.2).
  std::string_view rest = first_bytes;
  for (bool version = false; !version;) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    version = rest.starts_with("SSH-");
    rest.remove_prefix(end + 1);
  }
  WireReader packet(rest);
  WireReader payload(packet.string());
  const std::size_t padding = payload.byte();
  if (payload.byte() != kKexInit || payload.rest().size() < padding) return std::nullopt;
  static_cast<void>(payload.raw(16));  // cookie
  ServerOffer offer;
  offer.key_exchange = payload.name_list();
  offer.host_keys = payload.name_list();
  offer.ciphers = payload.name_list();
  static_cast<void>(payload.name_list());
  offer.macs = payload.name_list();
  if (!payload.ok()) return std::nullopt;
  return offer;
}

}  // namespace orchestrator
