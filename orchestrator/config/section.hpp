#pragma once

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/value.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orchestrator {

enum class ValueType {
  Boolean,
  Integer,
  String,
  Choice,            ///< one of some strings
  Strings,           ///< a list
  OneOrMoreStrings,  ///< "a" or ["a", "b"]; its value is a StringList
  Integers,          ///< a list
  TimeSpan,          ///< a duration
  Size,
  Percentage,
  Threshold,
  NamedStrings,  ///< free names with strings, such as `environment`
  Table,         ///< a table with keys of its own
};

/// What a string stands for, beyond being a string.
enum class Meaning {
  Text,
  Path,      ///< a file here; a leading "~/" becomes the home of the running user
  HostName,  ///< must be in [hosts]
  Location,  ///< HOST:PATH or a path here; the host must be in [hosts]
};

/// What `${...}` means in the strings of a key.
enum class References {
  Refused,  ///< an error, so that nobody believes that it was resolved
  Allowed,  ///< the syntax is checked when the file is loaded; resolved by the run
  Literal,  ///< left alone: a shell has its own `${...}`
};

/// Says what is wrong with a value of the right type, or nothing.
using ValueCheck = std::function<std::optional<std::string>(const ConfigValue&)>;

/// The description of one key: what may be written, what holds when nothing is, one line of help.
/// Made by the functions below and refined by chaining:
/// `duration_key("timeout", "how long a run may take").between(1s, 24h).defaults_to(6h)`.
struct ConfigKey {
  std::string name;
  ValueType type = ValueType::String;
  std::string help;

  std::optional<ConfigValue> default_value;
  bool is_required = false;
  std::int64_t minimum =
      std::numeric_limits<std::int64_t>::min();  ///< milliseconds for durations, bytes for sizes
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> choices;
  std::vector<ConfigKey> keys;  ///< of a table
  bool table_too = false;       ///< a table with `keys` is accepted in place of the value
  Meaning meaning = Meaning::Text;
  References references = References::Refused;
  bool is_secret = false;
  bool may_be_default = false;  ///< may stand in [defaults]
  ValueCheck check;
  std::optional<std::vector<ConfigValue>>
      supported;             ///< set: anything else "is not supported by this version"
  std::string example_text;  ///< TOML, for the commented example

  ConfigKey&& required() &&;
  ConfigKey&& defaults_to(ConfigValue value) &&;
  ConfigKey&& between(std::int64_t low, std::int64_t high) &&;
  ConfigKey&& between(std::chrono::milliseconds low, std::chrono::milliseconds high) &&;
  ConfigKey&& means(Meaning what) &&;
  ConfigKey&& with_references(References rule = References::Allowed) &&;
  /// May hold references; text written without one is never shown.
  ConfigKey&& secret() &&;
  ConfigKey&& checked(ValueCheck rule) &&;
  ConfigKey&& or_table(std::vector<ConfigKey> table_keys) &&;
  ConfigKey&& allowed_in_defaults() &&;
  /// The value shown by `--init` where there is no default; needed for required keys.
  ConfigKey&& example(std::string toml) &&;
  /// Writing the key at all is refused: "is not supported by this version".
  ConfigKey&& not_yet() &&;
  /// Writing another value than these is refused.
  ConfigKey&& not_yet_unless(std::vector<ConfigValue> values) &&;
};

[[nodiscard]] ConfigKey boolean_key(std::string name, std::string help);
[[nodiscard]] ConfigKey integer_key(std::string name, std::string help);
[[nodiscard]] ConfigKey string_key(std::string name, std::string help);
[[nodiscard]] ConfigKey choice_key(std::string name, std::string help,
                                   std::vector<std::string> choices);
[[nodiscard]] ConfigKey string_list_key(std::string name, std::string help);
[[nodiscard]] ConfigKey string_or_list_key(std::string name, std::string help);
[[nodiscard]] ConfigKey integer_list_key(std::string name, std::string help);
/// At least 1 ms unless `between` says otherwise.
[[nodiscard]] ConfigKey duration_key(std::string name, std::string help);
[[nodiscard]] ConfigKey size_key(std::string name, std::string help);
[[nodiscard]] ConfigKey percentage_key(std::string name, std::string help);
[[nodiscard]] ConfigKey threshold_key(std::string name, std::string help);
[[nodiscard]] ConfigKey string_table_key(std::string name, std::string help);
[[nodiscard]] ConfigKey table_key(std::string name, std::string help, std::vector<ConfigKey> keys);

class ConfigTable;

/// The description of a table: `[orchestrator]`, `[hosts.NAME]`, or what a job type adds to
/// `[jobs.NAME]`. Each folder hands its own to the wiring (decision 12).
struct ConfigSection {
  std::string name;  ///< "orchestrator", "hosts", "jobs"; for a job type the value of `type`
  std::string help;
  std::vector<ConfigKey> keys;
  std::vector<std::vector<std::string>> exactly_one_of;  ///< such as {"command", "shell"}
  /// Looks at several keys together, once each of them is valid by itself.
  std::function<void(const ConfigTable&, std::vector<ConfigError>&)> check;
  bool is_not_yet = false;  ///< writing the table at all is refused
  std::string example_job;  ///< of a job type: keys of a small job that works, TOML lines

  /// \throws std::logic_error when there is no such key: a bug of the caller.
  [[nodiscard]] ConfigKey& key(std::string_view key_name);
};

/// All descriptions that a program knows.
struct ConfigSections {
  std::vector<ConfigSection> tables;  ///< [orchestrator], [disk]
  ConfigSection host;                 ///< each [hosts.NAME]
  ConfigSection job;                  ///< what all job types share; [defaults] takes some of it
  std::vector<ConfigSection> types;   ///< in the order of registration

  /// \throws std::logic_error for a type or key that is there already, for a default or example
  /// that its own description refuses, and for a required key without an example.
  void add_job_type(ConfigSection type);
  /// The same for a top-level table of its own.
  void add_table(ConfigSection table);

  [[nodiscard]] const ConfigSection* find_type(std::string_view name) const;
};

/// The descriptions of this folder: [orchestrator], [disk], [hosts.NAME], and the keys that all
/// jobs share; no job type yet.
[[nodiscard]] ConfigSections core_sections();

}  // namespace orchestrator
