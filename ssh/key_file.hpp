#pragma once
#include <filesystem>
#include <string>

#include "ssh/engine.hpp"

namespace orchestrator {

/// What a private key's file says without being decrypted.
struct KeyFile {
  std::string text;
  std::string type;  ///< "ssh-ed25519"; for old PEM files only the family: "ssh-rsa", "ecdsa"; or empty
  std::string blob;  ///< the public half; empty where only decrypting tells
  bool encrypted = false;

  /// As it stands in authorized_keys; empty like `blob`.
  [[nodiscard]] std::string public_line() const;
};

/// Reads a private key: OpenSSH's format, or PEM. Blocks: for `run_blocking`.
/// \throws StartError (login refused) when it is missing, open to others, or no private key.
[[nodiscard]] KeyFile read_key_file(const std::filesystem::path& file);

/// \throws Error what is wrong with `text`, without naming the file.
[[nodiscard]] KeyFile parse_key_file(std::string text);

}  // namespace orchestrator
