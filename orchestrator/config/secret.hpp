#pragma once

#include <algorithm>
#include <iosfwd>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace orchestrator {

inline constexpr std::string_view kMasked = "***";

/// A string that shows itself to nobody who does not ask for it by name: operator<< and fmt give
/// "***". Its memory is overwritten before it is given back.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret();
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;

  /// The value itself. Keep it out of logs, argument vectors and error messages.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret);

 private:
  void wipe() noexcept;

  std::string value_;
};

}  // namespace orchestrator

template <>
struct fmt::formatter<orchestrator::Secret> {
  constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }

  template <class Context>
  auto format(const orchestrator::Secret&, Context& context) const {
    return std::copy(orchestrator::kMasked.begin(), orchestrator::kMasked.end(), context.out());
  }
};
