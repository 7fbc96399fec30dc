#pragma once
#include <string>
#include <string_view>

namespace orchestrator {

/// What an exit code of rsync means, in the words of rsync(1); empty for one that it does not know.
[[nodiscard]] std::string_view rsync_exit_meaning(int code) noexcept;

/// What to do about it; empty where nothing general can be said. `remote` is the host at the other
/// end, empty when there is none.
[[nodiscard]] std::string rsync_exit_remedy(int code, const std::string& remote);

inline constexpr int kRsyncPartialTransfer = 23;
inline constexpr int kRsyncVanishedFiles = 24;
inline constexpr int kRsyncMaxDelete = 25;
inline constexpr int kRsyncCommandNotFound = 127;

}  // namespace orchestrator
