#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/config/places.hpp"
#include "orchestrator/config/section.hpp"
#include "orchestrator/config/table.hpp"
#include "orchestrator/config/toml_reader.hpp"

namespace orchestrator {

/// What checks need to know beside the description, and where they put what they find.
struct CheckContext {
  const UserContext& user;
  std::optional<std::set<std::string>> hosts;  ///< none: not all files could be read
  std::vector<ConfigError>& errors;
};

/// The value of `member` as `key` describes it; none when it is wrong, with errors added.
/// `path` is the key's full name, "jobs.srv.timeout".
[[nodiscard]] std::optional<ConfigEntry> check_member(const RawMember& member, const ConfigKey& key,
                                                      const std::string& path,
                                                      CheckContext& context);

/// A table and the descriptions that apply to it.
struct TableRules {
  std::vector<const ConfigSection*> sections;
  std::vector<ConfigEntry> fallbacks;      ///< what holds before the description's own default
  const ConfigTable* defaults = nullptr;   ///< [defaults]
  std::vector<std::string> ignored;        ///< keys that are not looked at
  std::vector<ConfigSection> other_types;  ///< whose keys an unknown one may be meant for
};

/// The table with defaults filled in. Errors go to the context; what is wrong is left out.
[[nodiscard]] ConfigTable check_table(const RawTable& raw, const std::string& path,
                                      const TableRules& rules, CheckContext& context);

/// What `key` wants, for messages: "a duration such as \"30s\"", "an integer from 1 to 65535".
[[nodiscard]] std::string expectation(const ConfigKey& key);
/// The same for one element of a list or table of strings.
[[nodiscard]] std::string item_expectation(const ConfigKey& key);

}  // namespace orchestrator
