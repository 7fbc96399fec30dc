#include "orchestrator/config/places.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "orchestrator/config/error.hpp"

namespace orchestrator {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigVariable = "ORCHESTRATOR_CONFIG";
constexpr const char* kStateVariable = "ORCHESTRATOR_STATE";
constexpr const char* kFolder = "orchestratord";

std::optional<std::string> non_empty(const UserContext& user, const std::string& name) {
  if (!user.environment) return std::nullopt;
  std::optional<std::string> value = user.environment(name);
  if (value && value->empty()) value.reset();
  return value;
}

// The XDG specification wants relative values to be ignored.
fs::path xdg_directory(const UserContext& user, const std::string& name, const char* fallback) {
  const std::optional<std::string> value = non_empty(user, name);
  if (value && value->starts_with('/')) return *value;
  return user.home / fallback;
}

[[noreturn]] void throw_not_found(const fs::path& file, bool by_option, const UserContext& user) {
  std::string text = "there is no configuration '" + file.string() + "'";
  if (by_option)
    text += " (named by --config)";
  else if (non_empty(user, kConfigVariable))
    text += " (named by the environment variable ORCHESTRATOR_CONFIG)";
  else
    text += " (no --config was given, and ORCHESTRATOR_CONFIG is not set)";
  throw ConfigErrors(ConfigError{{}, "", text + "; 'orchestratord --init' writes a commented one"});
}

bool is_drop_in(const fs::path& file) {
  const std::string name = file.filename().string();
  return !name.starts_with('.') && name.ends_with(".toml");
}

std::vector<fs::path> drop_ins(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::directory_iterator entry(directory, ec), end; !ec && entry != end; entry.increment(ec))
    if (is_drop_in(entry->path())) files.push_back(entry->path());
  if (ec && ec != std::errc::no_such_file_or_directory && ec != std::errc::not_a_directory)
    throw ConfigErrors(ConfigError{
        {directory.string()}, "", "cannot list '" + directory.string() + "': " + ec.message()});
  std::ranges::sort(files, {}, [](const fs::path& file) { return file.filename().string(); });
  return files;
}

}  // namespace

UserContext current_user() {
  UserContext user;
  user.uid = ::geteuid();
  user.system = user.uid == 0;
  user.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
  if (const passwd* const entry = ::getpwuid(user.uid)) {
    user.name = entry->pw_name;
    user.home = entry->pw_dir;
  }
  if (const auto home = non_empty(user, "HOME"); home && home->starts_with('/')) user.home = *home;
  if (user.name.empty()) user.name = non_empty(user, "LOGNAME").value_or("");
  if (user.home.empty()) user.home = "/";
  return user;
}

fs::path expand_home(const std::string& path, const UserContext& user) {
  if (path == "~") return user.home;
  // A string, because fs::path would drop what a trailing slash means to rsync.
  if (path.starts_with("~/")) return user.home.string() + path.substr(1);
  return path;
}

fs::path default_config_file(const UserContext& user) {
  if (const auto named = non_empty(user, kConfigVariable)) return *named;
  if (user.system) return user.system_configuration / "orchestrator.toml";
  return xdg_directory(user, "XDG_CONFIG_HOME", ".config") / kFolder / "orchestrator.toml";
}

std::vector<fs::path> find_config_files(const std::optional<fs::path>& option,
                                        const UserContext& user) {
  const fs::path main_file = option ? *option : default_config_file(user);
  std::error_code ec;
  if (main_file.empty() || fs::status(main_file, ec).type() == fs::file_type::not_found)
    throw_not_found(main_file, option.has_value(), user);
  std::vector<fs::path> files{main_file};
  for (fs::path& file : drop_ins(main_file.parent_path() / "conf.d"))
    files.push_back(std::move(file));
  return files;
}

fs::path state_directory(const UserContext& user) {
  if (const auto named = non_empty(user, kStateVariable)) return *named;
  if (user.system) return user.system_state;
  return xdg_directory(user, "XDG_STATE_HOME", ".local/state") / kFolder;
}

fs::path default_known_hosts(const UserContext& user) {
  if (user.system) return user.system_configuration / "known_hosts";
  return user.home / ".ssh" / "known_hosts";
}

}  // namespace orchestrator
