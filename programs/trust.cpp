#include "programs/trust.hpp"

#include <algorithm>

#include <unistd.h>

#include "orchestrator/config/location.hpp"
#include "orchestrator/process/command.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/terminal_style.hpp"
#include "ssh/target.hpp"
#include "ssh/trust.hpp"

namespace orchestrator {

namespace {

const HostSettings& configured_host(const Config& config, const std::string& name) {
  const auto found = config.hosts.find(name);
  if (found != config.hosts.end()) return found->second;
  const std::string file = config.files.empty() ? std::string() : config.files.front().string();
  throw ConfigErrors(ConfigError{{file}, "", unknown_host_message(name, host_names(config))});
}

std::vector<HostKey> shown_keys(const HostSettings& host) {
  Loop loop;
  std::vector<HostKey> keys;
  auto fetch = [&]() -> awaitable<void> { keys = co_await fetch_host_keys(host); };
  loop.run("trust", fetch);
  return keys;
}

std::string list_keys(const std::vector<HostKey>& keys, Charset charset) {
  std::size_t width = 0;
  for (const HostKey& key : keys) width = std::max(width, key.type.size());
  std::string text;
  for (const HostKey& key : keys) text += "  " + pad_right(printable(key.type, charset), width) + "  " + key.fingerprint + "\n";
  return text;
}

std::string show_text(const HostSettings& host, const std::vector<HostKey>& keys) {
  const Charset charset = terminal_style(STDOUT_FILENO).charset;
  return printable(describe_host(host), charset) + " shows:\n" + list_keys(keys, charset) +
         "nothing is trusted by that alone. Compare on the host itself:\n"
         "  for key in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $key; done\n"
         "then, with the fingerprint that you have seen there:\n"
         "  orchestratord --trust " + quote_for_shell(host.name) + " --fingerprint SHA256:...\n";
}

// As ssh-keygen prints it: without padding.
std::string normalized(std::string fingerprint) {
  if (!fingerprint.starts_with("SHA256:")) {
    throw Error("the fingerprint '" + fingerprint + "' does not begin with 'SHA256:'",
                "take the one that 'ssh-keygen -lf' prints");
  }
  fingerprint.resize(fingerprint.find_last_not_of('=') + 1);
  return fingerprint;
}

int trust_key(const HostSettings& host, const std::vector<HostKey>& keys, const std::string& fingerprint) {
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const HostKey& shown) { return shown.fingerprint == fingerprint; });
  if (key == keys.end()) {
    throw Error("nothing was trusted: " + describe_host(host) + " shows no key with the fingerprint " + fingerprint,
                "see what it shows with 'orchestratord --trust " + host.name +
                    "'; another key than its own means that somebody may be in between");
  }
  const Trusted outcome = add_host_key(host, *key);
  const std::string file = "'" + host.known_hosts.string() + "'";
  const std::string what = "the " + key->type + " key of " + describe_host(host);
  const std::string text = outcome == Trusted::Added ? "added " + what + " to " + file : what + " is in " + file + " already";
  write_all(STDOUT_FILENO, printable(text, terminal_style(STDOUT_FILENO).charset) + "\n");
  return 0;
}

}  // namespace

int trust_host(const CommandLine& command, const Config& config) {
  const HostSettings& host = configured_host(config, command.host);
  std::string fingerprint;
  if (command.fingerprint) fingerprint = normalized(*command.fingerprint);
  const std::vector<HostKey> keys = shown_keys(host);
  if (command.fingerprint) return trust_key(host, keys, fingerprint);
  write_all(STDOUT_FILENO, show_text(host, keys));
  return 0;
}

}  // namespace orchestrator
