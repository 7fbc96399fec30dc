#include "jobs/rsync_settings.hpp"

#include <algorithm>
#include <set>

#include "jobs/rsync_refusals.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kWildcards = "*?[]{}";

template <class T>
std::optional<T> optional_value(const ConfigTable& table, std::string_view key) {
  const T* value = table.find<T>(key);
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

std::vector<std::string> strings(const ConfigTable& table, std::string_view key) {
  return optional_value<StringList>(table, key).value_or(StringList());
}

/// A path over there means itself; rsync would leave "~user/" to the login shell.
std::string remote_path(const std::string& path) {
  return path.starts_with('~') ? "./" + path : path;
}

/// Reads locations and collects what is wrong with them, each at its place in the file.
class LocationReader {
 public:
  LocationReader(const ConfigTable& table, const Config& config, std::vector<ConfigError>& errors)
      : table_(table), config_(config), hosts_(host_names(config)), errors_(errors) {}

  std::optional<Location> read(const std::string& key, const std::string& text,
                               SourcePosition where) {
    const auto refuse = [&](std::string message) {
      errors_.push_back({std::move(where), table_.path() + "." + key, std::move(message)});
      return std::nullopt;
    };
    Location location;
    try {
      location = parse_location(text, hosts_);
    } catch (const ParseError& error) {
      return refuse(error.what());
    }
    if (location.is_local()) return location;
    if (location.path.find('\n') != std::string::npos) {
      return refuse("a path on another host may not have a line break in it; rename it there");
    }
    if (is_restricted(location.host) &&
        location.path.find_first_of(kWildcards) != std::string::npos) {
      return refuse("rrsync on '" + location.host + "' would expand '" + location.path +
                    "' as a pattern; name a directory without any of " + std::string(kWildcards));
    }
    location.path = remote_path(location.path);
    return location;
  }

  [[nodiscard]] bool may_sudo(const std::string& host) const {
    const auto found = config_.hosts.find(host);
    return found != config_.hosts.end() && found->second.sudo;
  }

  [[nodiscard]] bool is_restricted(const std::string& host) const {
    const auto found = config_.hosts.find(host);
    return found != config_.hosts.end() && found->second.forced_command == ForcedCommand::Rrsync;
  }

 private:
  const ConfigTable& table_;
  const Config& config_;
  std::set<std::string> hosts_;
  std::vector<ConfigError>& errors_;
};

void check_ends(const RsyncSettings& settings, const ConfigTable& table,
                std::vector<ConfigError>& errors) {
  const auto other =
      std::find_if(settings.sources.begin(), settings.sources.end(),
                   [&](const Location& source) { return source.host != settings.source_host(); });
  if (other != settings.sources.end()) {
    errors.push_back(table.error("source", "all sources of a job have to be on one machine, but '" +
                                               to_string(settings.sources.front()) + "' and '" +
                                               to_string(*other) +
                                               "' are not: write a job for each"));
    return;
  }
  if (!settings.source_host().empty() && !settings.target.host.empty()) {
    errors.push_back(table.error(
        "target", "source and target are both on other hosts ('" + settings.source_host() +
                      "' and '" + settings.target.host +
                      "'), rsync needs one end here: sync to a local directory first, or run the "
                      "orchestrator on one of them"));
  }
}

void check_sudo(const RsyncSettings& settings, bool host_allows, const ConfigTable& table,
                std::vector<ConfigError>& errors) {
  const std::string& host = settings.remote();
  if (host.empty()) {
    errors.push_back(table.error("sudo", "means nothing without another host"));
  } else if (settings.restricted) {
    errors.push_back(table.error("sudo", "rrsync on '" + host + "' decides how rsync is run there"));
  } else if (!host_allows) {
    errors.push_back(table.error("sudo", "needs 'sudo = true' in [hosts." + host + "]"));
  }
}

void check_args(const RsyncSettings& settings, const ConfigTable& table,
                std::vector<ConfigError>& errors) {
  for (const RefusedArgument& refused : refused_rsync_arguments(settings.args)) {
    errors.push_back({table.where("args", refused.index), table.path() + ".args", refused.message});
  }
  if (!settings.deletes && has_rsync_deletion(settings.args)) {
    errors.push_back(
        table.error("args",
                    "write 'delete = true' for deletions, so that missing and empty sources are "
                    "noticed before anything is deleted"));
  }
}

}  // namespace

RsyncSettings rsync_settings(const JobConfig& job, const Config& config) {
  const ConfigTable& table = job.table;
  std::vector<ConfigError> errors;
  LocationReader reader(table, config, errors);
  RsyncSettings settings;

  const StringList& sources = table.get<StringList>("source");
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (auto source = reader.read("source", sources[i], table.where("source", i))) {
      settings.sources.push_back(std::move(*source));
    }
  }
  if (sources.empty()) errors.push_back(table.error("source", "name at least one source"));
  const auto target =
      reader.read("target", table.get<std::string>("target"), table.where("target"));
  if (target) settings.target = *target;

  settings.archive = table.get<bool>("archive");
  settings.deletes = table.get<bool>("delete");
  settings.max_delete = optional_value<std::int64_t>(table, "max_delete");
  settings.exclude = strings(table, "exclude");
  settings.preserve = strings(table, "preserve");
  settings.update = table.get<bool>("update");
  settings.checksum = table.get<bool>("checksum");
  if (const auto limit = optional_value<ByteSize>(table, "bandwidth_limit")) {
    settings.bandwidth_limit = limit->bytes;
  }
  settings.source_must_contain =
      optional_value<std::string>(table, "source_must_contain").value_or("");
  settings.allow_empty_source = table.get<bool>("allow_empty_source");
  settings.args = strings(table, "args");

  if (!settings.sources.empty() && target) {
    check_ends(settings, table, errors);
    settings.restricted = reader.is_restricted(settings.remote());
  }
  settings.sudo = table.get<bool>("sudo");
  if (settings.sudo && !settings.sources.empty() && target) {
    check_sudo(settings, reader.may_sudo(settings.remote()), table, errors);
  }
  check_args(settings, table, errors);
  if (settings.max_delete && !settings.deletes) {
    errors.push_back(table.error("max_delete", "means nothing without 'delete = true'"));
  }
  if (!errors.empty()) throw ConfigErrors(std::move(errors));
  return settings;
}

}  // namespace orchestrator
