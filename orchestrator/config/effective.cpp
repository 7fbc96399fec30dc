#include "orchestrator/config/effective.hpp"

#include "orchestrator/config/reference.hpp"

namespace orchestrator {
namespace {

const char* origin_note(ValueOrigin origin) {
  switch (origin) {
    case ValueOrigin::Written:
      return "";
    case ValueOrigin::DefaultsTable:
      return "  # from [defaults]";
    case ValueOrigin::OrchestratorTable:
      return "  # from [orchestrator]";
    case ValueOrigin::BuiltIn:
      return "  # default";
  }
  return "";
}

/// A reference tells no secret; what is written out does.
std::string shown_secret(const std::string& text) {
  return parse_references(text).has_references() ? text : std::string(kMasked);
}

std::string shown_value(const ConfigEntry& entry) {
  if (!entry.secret) return to_toml(entry.value);
  if (const auto* text = std::get_if<std::string>(&entry.value))
    return quote_toml(shown_secret(*text));
  if (const auto* named = std::get_if<StringTable>(&entry.value)) {
    StringTable shown;
    for (const auto& [name, text] : *named) shown[name] = shown_secret(text);
    return to_toml(shown);
  }
  return to_toml(entry.value);
}

void print_table(const std::string& header, const ConfigTable& table, std::string& out) {
  if (!out.empty()) out += '\n';
  out += "[" + header + "]";
  if (table.where().line != 0) out += "  # " + to_string(table.where());
  out += '\n';
  for (const ConfigEntry& entry : table.entries())
    out += toml_key(entry.key) + " = " + shown_value(entry) + origin_note(entry.origin) + "\n";
}

}  // namespace

std::string print_effective(const Config& config) {
  std::string out;
  for (const auto& [name, table] : config.tables) print_table(name, table, out);
  for (const auto& [name, host] : config.hosts)
    print_table("hosts." + toml_key(name), host.table, out);
  for (const JobConfig& job : config.jobs)
    print_table("jobs." + toml_key(job.name), job.table, out);
  return out;
}

std::vector<JobListing> list_jobs(const Config& config) {
  std::vector<JobListing> listings;
  for (const JobConfig& job : config.jobs)
    listings.push_back({job.name, job.type, job.common.description});
  return listings;
}

}  // namespace orchestrator
