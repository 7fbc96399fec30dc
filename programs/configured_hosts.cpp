#include "programs/configured_hosts.hpp"

#include "orchestrator/config/location.hpp"
#include "orchestrator/config/reference.hpp"
#include "orchestrator/tasks/run_blocking.hpp"

namespace orchestrator {

namespace {

// References in a passphrase are read when an encrypted key asks for it, and in a thread: a file may be slow.
awaitable<Secret> resolve_passphrase(UserContext user, HostSettings host) {
  const ReferenceValue value = reference_value(host.table, "passphrase");
  auto resolve = [user = std::move(user), value] {
    SecretMask mask;  // It goes to libssh2 alone, which shows it to nobody.
    ReferenceResolver resolver(system_sources(user), mask);
    const std::vector<ReferenceValue> values{value};
    return resolver.resolve(values).front();
  };
  co_return co_await run_blocking(std::move(resolve));
}

}  // namespace

ConfiguredHosts::ConfiguredHosts(Loop& loop, const Config& config, const LoadOptions& options,
                                 TaskGroup& connections)
    : config_(config),
      user_(options.user),
      connections_(connections),
      local_(loop, state_directory(options.user)) {}

Host& ConfiguredHosts::get(const std::string& name) {
  if (name.empty()) return local_;
  return remote(name);
}

SshHost& ConfiguredHosts::remote(const std::string& name) {
  if (const auto known = remote_.find(name); known != remote_.end()) return *known->second;
  const auto settings = config_.hosts.find(name);
  if (settings == config_.hosts.end()) throw Error(unknown_host_message(name, host_names(config_)));
  SshLinkOptions options;
  if (settings->second.passphrase) {
    options.passphrase = [user = user_](const HostSettings& host) { return resolve_passphrase(user, host); };
  }
  auto host = std::make_unique<SshHost>(settings->second, connections_, std::move(options));
  return *remote_.emplace(name, std::move(host)).first->second;
}

bool ConfiguredHosts::skips_unreachable(const std::string& name) const {
  const auto settings = config_.hosts.find(name);
  return settings != config_.hosts.end() && settings->second.if_unreachable == IfUnreachable::Skip;
}

void ConfiguredHosts::close() {
  for (const auto& [name, host] : remote_) host->close();
}

}  // namespace orchestrator
