#include "orchestrator/config/table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace orchestrator {

const ConfigEntry* ConfigTable::entry(std::string_view key) const {
  const auto found = std::ranges::find(entries_, key, &ConfigEntry::key);
  return found == entries_.end() ? nullptr : &*found;
}

SourcePosition ConfigTable::where(std::string_view key) const {
  const ConfigEntry* found = entry(key);
  return found == nullptr ? where_ : found->where;
}

SourcePosition ConfigTable::where(std::string_view key, std::size_t index) const {
  const ConfigEntry* found = entry(key);
  return found != nullptr && index < found->items.size() ? found->items[index] : where(key);
}

ConfigError ConfigTable::error(std::string_view key, std::string message) const {
  return {where(key), path_ + "." + std::string(key), std::move(message)};
}

void ConfigTable::throw_missing(std::string_view key) const {
  throw std::logic_error("configuration value '" + path_ + "." + std::string(key) +
                         "' is read but neither described as required nor given a default");
}

void ConfigTable::throw_other_type(std::string_view key) const {
  throw std::logic_error("configuration value '" + path_ + "." + std::string(key) +
                         "' is read as another type than described");
}

}  // namespace orchestrator
