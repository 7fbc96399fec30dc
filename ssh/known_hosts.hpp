#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// The file format of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT": plain names, patterns, hashed names, `[host]:port`,
/// `@revoked`. Lines with `@cert-authority` do not count: certificates are not supported.
class KnownHosts {
 public:
  struct Key {
    std::string type;
    std::string blob;  ///< decoded
    unsigned line = 0;
  };

  /// What the file says of one host.
  struct Entry {
    std::vector<Key> keys;
    std::vector<Key> revoked;
    std::vector<unsigned> authorities;  ///< lines with @cert-authority that would apply
  };

  enum class Verdict : std::uint8_t { Known, Unknown, Changed, Revoked };

  KnownHosts() = default;
  explicit KnownHosts(std::string_view text);

  /// \throws Error when the file is there and cannot be read. One that is not there knows nobody.
  [[nodiscard]] static KnownHosts load(const std::filesystem::path& file);

  /// Keys under `[host]:port`, and under `host` alone when the port is 22 or the other name is not there.
  [[nodiscard]] Entry find(const std::string& host, std::uint16_t port) const;

  /// Keys under that very name, as `known_hosts_name` gives it.
  [[nodiscard]] Entry find_exactly(const std::string& name) const;

  /// \param line set to the line of the key that it should have been, for `Changed` and `Revoked`.
  [[nodiscard]] static Verdict judge(const Entry& entry, const std::string& type, const std::string& blob,
                                     unsigned& line);

 private:
  enum class Marker : std::uint8_t { None, Authority, Revoked };
  struct Line {
    Marker marker = Marker::None;
    std::string names;
    Key key;
  };

  std::vector<Line> lines_;
};

/// The name that a host has in the file: "nas.lan", or "[nas.lan]:2222".
[[nodiscard]] std::string known_hosts_name(const std::string& host, std::uint16_t port);

}  // namespace orchestrator
