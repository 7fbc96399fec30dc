#pragma once
#include <cstddef>
#include <cstdint>

// What rsync's remote shell (programs/rsync_shell.cpp) and the bridge say to each other on their
// socket. Shell: a RemoteShellHeader, with descriptors 0 and 1 attached to its first byte, then the
// token and each word of the command, every one of them followed by a NUL. Bridge: one byte, the
// exit code. Then both close.

namespace orchestrator {

/// Where the bridge listens, and what a caller has to present: in rsync's environment.
inline constexpr const char* kRemoteShellSocket = "ORCHESTRATOR_RSYNC_SOCKET";
inline constexpr const char* kRemoteShellToken = "ORCHESTRATOR_RSYNC_TOKEN";

struct RemoteShellHeader {
  std::uint32_t magic = 0;
  std::uint32_t length = 0;  ///< of what follows, in bytes
};
inline constexpr std::uint32_t kRemoteShellMagic = 0x4f525331;  // "ORS1"
inline constexpr std::size_t kLongestRemoteCommand = std::size_t{4} << 20;

/// The exit code of ssh when the connection failed; rsync knows it.
inline constexpr int kRemoteShellFailed = 255;

}  // namespace orchestrator
