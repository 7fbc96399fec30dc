#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/config/error.hpp"

namespace orchestrator {

struct RawMember;
struct RawValue;

/// A TOML table before its check; members in the order of the file.
struct RawTable {
  SourcePosition where;
  std::vector<RawMember> members;

  /// Null when there is none.
  [[nodiscard]] const RawMember* find(std::string_view name) const noexcept;
};

using RawArray = std::vector<RawValue>;

/// A date or time: nothing of ours takes one.
struct RawTime {};

/// A TOML value with its place.
struct RawValue {
  SourcePosition where;
  std::variant<bool, std::int64_t, double, std::string, RawTime, RawArray, RawTable> value;
};

struct RawMember {
  std::string name;
  SourcePosition where;  ///< of the key
  RawValue value;
};

/// Reads TOML 1.0. `file` is the name for positions.
/// \throws ConfigErrors with the syntax error; TOML allows no second one to be found.
[[nodiscard]] RawTable read_toml(std::string_view text, const std::string& file);

/// What `value` is, for messages: "the integer 30", "the string 'x'", "a list".
[[nodiscard]] std::string describe(const RawValue& value);

}  // namespace orchestrator
