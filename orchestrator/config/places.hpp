#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace orchestrator {

/// Looks up an environment variable.
using EnvironmentReader = std::function<std::optional<std::string>(const std::string&)>;

/// Who runs us, and where the system keeps its files: what configuration and state depend on.
struct UserContext {
  uid_t uid = 0;
  std::string name;  ///< login name
  std::filesystem::path home;
  bool system = false;  ///< root, or the service: /etc and /var/lib, strict on writers
  EnvironmentReader environment;
  std::filesystem::path system_configuration = "/etc/orchestratord";
  std::filesystem::path system_state = "/var/lib/orchestratord";
};

/// The user of this process. HOME and the name come from the user database where cron or systemd
/// left them out of the environment.
[[nodiscard]] UserContext current_user();

/// "~" and "~/x" with the user's home; anything else as it is.
[[nodiscard]] std::filesystem::path expand_home(const std::string& path, const UserContext& user);

/// Where the main configuration file is expected without `--config`: $ORCHESTRATOR_CONFIG, else
/// orchestrator.toml in /etc/orchestratord or ${XDG_CONFIG_HOME:-~/.config}/orchestratord.
[[nodiscard]] std::filesystem::path default_config_file(const UserContext& user);

/// The main file (`--config`, else default_config_file) and then conf.d/*.toml beside it, in byte
/// order. \throws ConfigErrors when there is none: where was looked, and that --init writes one.
[[nodiscard]] std::vector<std::filesystem::path> find_config_files(
    const std::optional<std::filesystem::path>& option, const UserContext& user);

/// $ORCHESTRATOR_STATE, else /var/lib/orchestratord or
/// ${XDG_STATE_HOME:-~/.local/state}/orchestratord. Not created here.
[[nodiscard]] std::filesystem::path state_directory(const UserContext& user);

/// The known_hosts file of hosts that name none: beside the system's configuration, or ~/.ssh's.
[[nodiscard]] std::filesystem::path default_known_hosts(const UserContext& user);

}  // namespace orchestrator
