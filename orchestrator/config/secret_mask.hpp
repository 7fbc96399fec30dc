#pragma once

#include "orchestrator/config/secret.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

/// Replaces known secrets in text by "***": for captured output and logs.
///
/// Masks whole values, and the longer lines of a value that has several. It cannot know encodings:
/// mask before quoting or escaping.
class SecretMask {
 public:
  /// Empty secrets are ignored.
  void add(const Secret& secret);

  [[nodiscard]] bool empty() const noexcept { return patterns_.empty(); }

  /// `text` with every secret, overlapping ones too, replaced by "***".
  [[nodiscard]] std::string apply(std::string_view text) const;

 private:
  friend class MaskStream;

  struct Match {
    std::size_t length = 0;  ///< of the longest secret that begins here, 0 for none
    bool may_go_on = false;  ///< the text ends within a secret that begins here
  };
  [[nodiscard]] Match match(std::string_view text) const noexcept;
  void add_pattern(std::string_view text);

  std::vector<Secret> patterns_;
  std::array<bool, 256> first_{};
};

/// A SecretMask over text that comes in pieces: finds secrets that lie across their borders, and
/// holds back no more than what may still become one.
class MaskStream {
 public:
  /// `mask` must outlive this; secrets added to it count from the next call on.
  explicit MaskStream(const SecretMask& mask) : mask_(mask) {}

  /// What can be shown after `piece` has arrived.
  [[nodiscard]] std::string write(std::string_view piece);
  /// What was held back; call it at the end of the text (or of a line, where lines are the unit).
  [[nodiscard]] std::string finish();

 private:
  std::string advance(bool at_end);

  const SecretMask& mask_;
  std::string held_;
  std::size_t covered_ =
      0;  ///< how much of the start of held_ belongs to a secret already shown as ***
};

}  // namespace orchestrator
