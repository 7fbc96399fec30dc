#pragma once

#include "orchestrator/config/units.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace orchestrator {

class ConfigTable;

using StringList = std::vector<std::string>;
using IntegerList = std::vector<std::int64_t>;
using StringTable = std::map<std::string, std::string>;

/// A value of the configuration after its check: what the description of its key says, not what
/// TOML has.
using ConfigValue = std::variant<bool, std::int64_t, std::string, StringList, IntegerList,
                                 std::chrono::milliseconds, ByteSize, Percentage, Threshold,
                                 StringTable, std::shared_ptr<const ConfigTable>>;

/// `value` as TOML that would be read back as the same: `"30s"`, `["a", "b"]`, `{ every = "5s" }`.
[[nodiscard]] std::string to_toml(const ConfigValue& value);

/// `text` as a TOML string, quoted and escaped.
[[nodiscard]] std::string quote_toml(const std::string& text);

/// `name` as a TOML key: bare where that is allowed, quoted otherwise.
[[nodiscard]] std::string toml_key(const std::string& name);

}  // namespace orchestrator
