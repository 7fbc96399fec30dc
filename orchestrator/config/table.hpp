#pragma once

#include "orchestrator/config/error.hpp"
#include "orchestrator/config/value.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace orchestrator {

/// Where an effective value comes from.
enum class ValueOrigin {
  Written,            ///< in the table itself
  DefaultsTable,      ///< in [defaults]
  OrchestratorTable,  ///< in [orchestrator]
  BuiltIn,            ///< the default of the key's description
};

/// One key of a table with its effective value.
struct ConfigEntry {
  std::string key;
  ConfigValue value;
  ValueOrigin origin = ValueOrigin::Written;
  SourcePosition where;               ///< of the value; of the table for a built-in default
  std::vector<SourcePosition> items;  ///< of the elements of a written list or string table
  bool secret = false;                ///< plain text in it is not shown
};

/// A table of the configuration after its check: every key is known, every value has its type and
/// lies in its range, and every default is filled in.
class ConfigTable {
 public:
  ConfigTable() = default;
  ConfigTable(std::string path, SourcePosition where)
      : path_(std::move(path)), where_(std::move(where)) {}

  /// "jobs.srv"
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const SourcePosition& where() const noexcept { return where_; }

  /// Whether `key` has a value: written, from [defaults], or built in.
  [[nodiscard]] bool has(std::string_view key) const { return entry(key) != nullptr; }

  /// The value of `key`: bool, std::int64_t, std::string, StringList, IntegerList,
  /// std::chrono::milliseconds, ByteSize, Percentage, Threshold, StringTable or ConfigTable.
  /// Valid as long as the table.
  /// \throws std::logic_error when there is none or it has another type: the description of the
  /// key does not say what its reader believes.
  template <class T>
  [[nodiscard]] const T& get(std::string_view key) const {
    const T* value = find<T>(key);
    if (value == nullptr) throw_missing(key);
    return *value;
  }

  /// Like get; null when the key has no value.
  template <class T>
  [[nodiscard]] const T* find(std::string_view key) const {
    const ConfigEntry* found = entry(key);
    if (found == nullptr) return nullptr;
    if constexpr (std::is_same_v<T, ConfigTable>) {
      const auto* table = std::get_if<std::shared_ptr<const ConfigTable>>(&found->value);
      if (table == nullptr) throw_other_type(key);
      return table->get();
    } else {
      const T* value = std::get_if<T>(&found->value);
      if (value == nullptr) throw_other_type(key);
      return value;
    }
  }

  /// Where the value of `key` is written; where the table is when it is not written anywhere.
  [[nodiscard]] SourcePosition where(std::string_view key) const;
  /// Where element `index` of the list `key` is written.
  [[nodiscard]] SourcePosition where(std::string_view key, std::size_t index) const;

  /// What a later check found wrong with `key`, at its place.
  [[nodiscard]] ConfigError error(std::string_view key, std::string message) const;

  /// Null when `key` has no value.
  [[nodiscard]] const ConfigEntry* entry(std::string_view key) const;
  /// In the order of the description.
  [[nodiscard]] const std::vector<ConfigEntry>& entries() const noexcept { return entries_; }

  void add(ConfigEntry entry) { entries_.push_back(std::move(entry)); }

 private:
  [[noreturn]] void throw_missing(std::string_view key) const;
  [[noreturn]] void throw_other_type(std::string_view key) const;

  std::string path_;
  SourcePosition where_;
  std::vector<ConfigEntry> entries_;
};

}  // namespace orchestrator
