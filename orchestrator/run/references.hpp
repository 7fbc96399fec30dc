#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "orchestrator/config/reference.hpp"
#include "orchestrator/config/secret_mask.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// The references of one run, and what of their values must not be seen.
///
/// Threads: the loop's thread only; reading happens in others.
class RunReferences {
 public:
  explicit RunReferences(ReferenceSources sources);

  /// `text` with its references resolved, each once per run; their secrets are masked when it returns.
  /// \throws ConfigErrors
  [[nodiscard]] awaitable<std::string> resolve(std::string text);

  [[nodiscard]] std::string mask(std::string_view text) const { return mask_.apply(text); }

 private:
  struct Shared;
  void adopt(std::uint64_t version, SecretMask mask);

  std::shared_ptr<Shared> shared_;
  SecretMask mask_;
  std::uint64_t version_ = 0;
};

}  // namespace orchestrator
