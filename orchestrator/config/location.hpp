#pragma once

#include <set>
#include <string>
#include <string_view>

namespace orchestrator {

/// A path, here or on a host of the configuration.
struct Location {
  std::string host;  ///< empty: here
  std::string path;  ///< over there a relative path starts at the login directory

  [[nodiscard]] bool is_local() const noexcept { return host.empty(); }
  friend bool operator==(const Location&, const Location&) = default;
};

/// Reads HOST:PATH or a path here. A colon counts only before the first slash, so "./a:b" and
/// "/a:b" are here.
/// \throws ParseError for an empty path, rsync's "host::module" and "user@host:", and for a host
/// that is not among `hosts`: the message has the nearest one and the keys to write.
[[nodiscard]] Location parse_location(std::string_view text, const std::set<std::string>& hosts);

/// What to say about a host name that is in no [hosts] table.
[[nodiscard]] std::string unknown_host_message(std::string_view name,
                                               const std::set<std::string>& hosts);

/// "nas:/srv/"; a local path that would read as HOST:PATH gets "./" in front.
[[nodiscard]] std::string to_string(const Location& location);

}  // namespace orchestrator
