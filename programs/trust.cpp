#include "programs/trust.hpp"

#include <algorithm>

#include <unistd.h>

#include "orchestrator/config/location.hpp"
#include "orchestrator/process/command.hpp"
#include "orchestrator/run/exit_code.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "programs/standard_streams.hpp"
#include "programs/terminal/terminal_style.hpp"
#include "ssh/known_hosts.hpp"
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

/// What a host shows, beside what its file of known hosts says.
struct Comparison {
  std::string list;
  bool has_changed = false;
  bool is_known = false;  // some key of it
};

Comparison compare(const HostSettings& host, const std::vector<HostKey>& keys, Charset charset) {
  const KnownHosts::Entry known = KnownHosts::load(host.known_hosts).find(host.address, host.port);
  std::size_t width = 0;
  for (const HostKey& key : keys) width = std::max(width, key.type.size());
  Comparison comparison;
  for (const HostKey& key : keys) {
    unsigned line = 0;
    const auto of_this_type = [&key](const KnownHosts::Key& other) { return other.type == key.type; };
    const KnownHosts::Verdict verdict = KnownHosts::judge(known, key.type, key.blob, line);
    std::string note;
    if (verdict == KnownHosts::Verdict::Known) {
      note = "  known";
    } else if (verdict == KnownHosts::Verdict::Revoked) {
      note = "  REVOKED in line " + std::to_string(line);
    } else if (std::ranges::any_of(known.keys, of_this_type)) {
      note = "  CHANGED: line " + std::to_string(line) + " has another one";
    }
    comparison.is_known = comparison.is_known || verdict == KnownHosts::Verdict::Known;
    comparison.has_changed = comparison.has_changed || (!note.empty() && verdict != KnownHosts::Verdict::Known);
    comparison.list += "  " + pad_right(printable(key.type, charset), width) + "  " + key.fingerprint + note + "\n";
  }
  return comparison;
}

std::string changed_text(const HostSettings& host, Charset charset) {
  const std::string file = quote_for_shell(host.known_hosts.string());
  return printable("that is not what '" + host.known_hosts.string() + "' says: somebody may be in between, or the host has new keys",
                   charset) +
         "\nWhere you know of new keys, take the old ones out, and compare the new ones as if it were the first time:\n  ssh-keygen -R " +
         printable(quote_for_shell(known_hosts_name(host.address, host.port)) + " -f " + file, charset) + "\n";
}

std::string show_text(const HostSettings& host, const Comparison& comparison, Charset charset) {
  const std::string shown = printable(describe_host(host), charset) + " shows:\n" + comparison.list;
  if (comparison.has_changed) return shown + changed_text(host, charset);
  if (comparison.is_known) return shown + printable("it is trusted, by '" + host.known_hosts.string() + "'", charset) + "\n";
  return shown +
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
  const Charset charset = terminal_style(STDOUT_FILENO).charset;
  const Comparison comparison = compare(host, keys, charset);
  write_all(STDOUT_FILENO, show_text(host, comparison, charset));
  return comparison.has_changed ? kExitFailed : kExitSucceeded;
}

}  // namespace orchestrator
