#include "jobs/command_settings.hpp"

#include <charconv>

#include "orchestrator/config/names.hpp"

namespace orchestrator {

namespace {

std::optional<mode_t> parse_umask(const std::string& text) {
  unsigned value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  if (ec != std::errc() || end != text.data() + text.size() || text.size() < 3 || value > 0777) {
    return std::nullopt;
  }
  return static_cast<mode_t>(value);
}

std::optional<std::string> check_umask(const ConfigValue& value) {
  if (parse_umask(std::get<std::string>(value))) return std::nullopt;
  return "expected three octal digits, such as \"027\"";
}

std::optional<std::string> check_exit_codes(const ConfigValue& value) {
  const IntegerList& codes = std::get<IntegerList>(value);
  if (codes.empty()) return "name at least one exit code, or leave the key out";
  for (const std::int64_t code : codes) {
    if (code < 0 || code > 255) return "exit codes are numbers from 0 to 255";
  }
  return std::nullopt;
}

std::optional<std::string> check_words(const ConfigValue& value) {
  const StringList& words = std::get<StringList>(value);
  if (words.empty() || words.front().empty()) return "expected a program and its arguments";
  return std::nullopt;
}

std::optional<std::string> check_script(const ConfigValue& value) {
  if (std::get<std::string>(value).empty()) return "expected a command for sh";
  return std::nullopt;
}

std::optional<std::string> check_environment(const ConfigValue& value) {
  for (const auto& [name, text] : std::get<StringTable>(value)) {
    if (!is_variable_name(name)) {
      return "'" + name + "' is no name of a variable: letters, digits and '_', no digit first";
    }
    if (name.starts_with("ORCHESTRATOR_")) {
      return "'" + name + "': names that begin with ORCHESTRATOR_ are the orchestrator's own";
    }
  }
  return std::nullopt;
}

void check_directory(CommandSettings& settings, const ConfigTable& table,
                     std::vector<ConfigError>& errors) {
  std::string& directory = settings.directory;
  if (directory.empty()) return;
  if (!settings.host.empty()) {
    if (directory.starts_with('~')) {
      errors.push_back(table.error(
          "directory", "a relative path starts at the login directory, so leave out '~/'"));
    }
    return;
  }
  directory = expand_home(directory, current_user()).string();
  if (!directory.starts_with('/')) {
    errors.push_back(table.error(
        "directory", "'" + directory + "' must be an absolute path or begin with '~/'"));
  }
}

void check_restrictions(const CommandSettings& settings, const ConfigTable& table,
                        const Config& config, std::vector<ConfigError>& errors) {
  const auto host = config.hosts.find(settings.host);
  if (host != config.hosts.end() && host->second.forced_command == ForcedCommand::Rrsync) {
    errors.push_back(table.error("host", "the key of '" + settings.host +
                                             "' may run nothing but rsync (forced_command = "
                                             "\"rrsync\"): use another host entry and key"));
  }
}

}  // namespace

ConfigSection command_section() {
  ConfigSection section;
  section.name = "command";
  section.help = "Runs a command, here or on a host.";
  section.example_job = "command = [\"sync\"]\n";
  section.exactly_one_of = {{"command", "shell"}};
  std::vector<ConfigKey>& keys = section.keys;
  keys.push_back(string_key("host", "where it runs, a name in [hosts]; here when left out")
                     .means(Meaning::HostName)
                     .example("\"nas\""));
  keys.push_back(string_list_key("command", "program and arguments; no shell sees them")
                     .checked(check_words)
                     .example("[\"reindex\", \"--all\"]"));
  keys.push_back(string_key("shell", "a command line for sh, instead of 'command'")
                     .with_references(References::Literal)
                     .checked(check_script)
                     .example("\"pg_dump shop | gzip > /srv/shop.gz\""));
  keys.push_back(string_key("directory",
                            "where it starts; relative to the login directory on "
                            "a host")
                     .example("\"/srv\""));
  keys.push_back(string_table_key("environment", "variables for it; the place for secrets")
                     .secret()
                     .checked(check_environment)
                     .example("{ TOKEN = \"${file:/etc/token}\" }"));
  keys.push_back(string_key("stdin_file",
                            "a file on this machine that it reads from its "
                            "standard input; nothing when left out")
                     .means(Meaning::Path)
                     .example("\"/srv/import.sql\""));
  keys.push_back(integer_list_key("ok_exit_codes", "exit codes that mean success")
                     .checked(check_exit_codes)
                     .defaults_to(IntegerList{0}));
  keys.push_back(string_key("umask", "rights that files made by it do not get, octal")
                     .checked(check_umask)
                     .example("\"027\""));
  return section;
}

CommandSettings command_settings(const JobConfig& job, const Config& config) {
  const ConfigTable& table = job.table;
  std::vector<ConfigError> errors;
  CommandSettings settings;
  if (const auto* host = table.find<std::string>("host")) settings.host = *host;
  if (const auto* words = table.find<StringList>("command")) {
    settings.program = ArgumentVector{*words};
  } else {
    settings.program = ShellScript{table.get<std::string>("shell")};
  }
  if (const auto* directory = table.find<std::string>("directory")) settings.directory = *directory;
  if (const auto* environment = table.find<StringTable>("environment")) {
    settings.environment = *environment;
  }
  if (const auto* file = table.find<std::string>("stdin_file")) settings.stdin_file = *file;
  settings.ok_exit_codes.clear();
  for (const std::int64_t code : table.get<IntegerList>("ok_exit_codes")) {
    settings.ok_exit_codes.push_back(static_cast<int>(code));
  }
  if (const auto* mask = table.find<std::string>("umask")) settings.umask = parse_umask(*mask);
  check_directory(settings, table, errors);
  check_restrictions(settings, table, config, errors);
  if (!errors.empty()) throw ConfigErrors(std::move(errors));
  return settings;
}

}  // namespace orchestrator
