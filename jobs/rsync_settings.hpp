#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/config/location.hpp"

namespace orchestrator {

/// What one job of type "rsync" is configured to do.
struct RsyncSettings {
  std::vector<Location> sources;  ///< at least one; all on the same machine
  Location target;
  bool archive = true;
  bool deletes = false;  ///< `delete`
  std::optional<std::int64_t> max_delete;
  std::vector<std::string> exclude;
  std::vector<std::string> preserve;
  bool update = false;
  bool checksum = false;
  std::optional<std::uint64_t> bandwidth_limit;  ///< bytes per second
  std::string source_must_contain;               ///< relative to each source; may be empty
  bool allow_empty_source = false;
  std::vector<std::string> args;
  bool sudo = false;  ///< the other end is run by "sudo -n rsync"

  bool restricted = false;  ///< the other end takes nothing but "rsync --server ..." (rrsync)

  [[nodiscard]] const std::string& source_host() const { return sources.front().host; }
  /// The host at the other end; empty when both ends are here.
  [[nodiscard]] const std::string& remote() const {
    return target.host.empty() ? source_host() : target.host;
  }
  /// Whether nothing but rsync itself can look at the other end.
  [[nodiscard]] bool only_rsync_sees() const { return restricted || sudo; }
  /// Whether the sources have to prove that they are what they should be.
  [[nodiscard]] bool guards_sources() const { return deletes || !source_must_contain.empty(); }
};

/// The keys of the type.
[[nodiscard]] ConfigSection rsync_section();

/// \throws ConfigErrors for what only shows when keys are seen together.
[[nodiscard]] RsyncSettings rsync_settings(const JobConfig& job, const Config& config);

}  // namespace orchestrator
