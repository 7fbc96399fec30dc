#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "ssh/engine.hpp"

namespace orchestrator {

/// An engine on libssh2.
[[nodiscard]] std::unique_ptr<SshEngine> make_libssh2_engine();

/// Whether a hashed name in known_hosts, "|1|SALT|HASH" (HMAC-SHA1), is that of `host`.
[[nodiscard]] bool hashed_name_matches(const std::string& hashed, const std::string& host);

/// "1.10.0", for messages.
[[nodiscard]] std::string engine_version();

}  // namespace orchestrator
