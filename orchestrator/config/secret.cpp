#include "orchestrator/config/secret.hpp"

#include <ostream>
#include <utility>

#include <string.h>

namespace orchestrator {

Secret::~Secret() { wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  Secret copy(other);
  wipe();
  value_.swap(copy.value_);
  return *this;
}

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  value_ = std::move(other.value_);
  other.wipe();
  return *this;
}

// A short string lives in the object and stays there when it is moved from or cleared, so the
// whole capacity is overwritten, not only what counts as content.
void Secret::wipe() noexcept {
  value_.resize(value_.capacity());
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

std::ostream& operator<<(std::ostream& out, const Secret&) { return out << kMasked; }

}  // namespace orchestrator
