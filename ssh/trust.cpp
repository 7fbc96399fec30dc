#include "ssh/trust.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "orchestrator/host.hpp"
#include "orchestrator/process/command.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "ssh/base64.hpp"
#include "ssh/dial.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/libssh2_engine.hpp"
#include "ssh/login.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

std::string key_type_of(const std::string& algorithm) { return algorithm.starts_with("rsa-sha2-") ? "ssh-rsa" : algorithm; }

struct Shown {
  HostKey key;
  std::vector<std::string> offered;
};

/// \param algorithms to ask for; empty: any.
awaitable<Shown> ask_for_key(const HostSettings& host, const std::vector<std::string>& algorithms) {
  DialProgress progress;
  Shown shown;
  auto ask = [&]() -> awaitable<void> {
    asio::ip::tcp::socket socket = co_await dial(host, progress);
    progress.step = "waiting for the greeting of its SSH server";
    SshWire wire{make_libssh2_engine(), std::move(socket)};
    if (!algorithms.empty()) wire.engine->prefer_host_keys(algorithms);
    shown.key = co_await shake_hands(wire, host);
    shown.offered = wire.engine->offered(AlgorithmKind::HostKey);
  };
  const ScopeEnd end = co_await with_limit(host.connect_timeout, std::move(ask));
  if (end == ScopeEnd::Cancelled) throw no_answer(host, progress);
  co_return shown;
}

[[noreturn]] void cannot_write(const std::string& file) {
  throw Error("cannot write '" + file + "', the file of known hosts: " + std::strerror(errno),
              "make it writable, or set 'known_hosts' to a file that is");
}

std::string line_for(const HostSettings& host, const HostKey& key) {
  return known_hosts_name(host.address, host.port) + " " + key.type + " " + encode_base64(key.blob) + "\n";
}

bool ends_in_mid_line(int file) {
  char last = '\n';
  return ::lseek(file, -1, SEEK_END) >= 0 && ::read(file, &last, 1) == 1 && last != '\n';
}

}  // namespace

awaitable<std::vector<HostKey>> fetch_host_keys(HostSettings host) {
  const std::vector<std::string> none;
  Shown first = co_await ask_for_key(host, none);
  const std::vector<std::string> supported = make_libssh2_engine()->supported(AlgorithmKind::HostKey);
  std::vector<HostKey> keys;
  keys.push_back(std::move(first.key));
  for (const std::string& algorithm : first.offered) {
    const auto same = [&algorithm](const HostKey& key) { return key.type == key_type_of(algorithm); };
    if (std::any_of(keys.begin(), keys.end(), same)) continue;
    if (std::find(supported.begin(), supported.end(), algorithm) == supported.end()) continue;
    const std::vector<std::string> only(1, algorithm);
    Shown other = co_await ask_for_key(host, only);
    keys.push_back(std::move(other.key));
  }
  co_return keys;
}

Trusted add_host_key(const HostSettings& host, const HostKey& key) {
  const std::string file = host.known_hosts.string();
  const std::filesystem::path folder = host.known_hosts.parent_path();
  std::error_code ec;
  if (!folder.empty() && std::filesystem::create_directories(folder, ec)) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ec);
  }
  const Descriptor out(::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  if (!out || ::flock(out.get(), LOCK_EX) < 0) cannot_write(file);
  unsigned line = 0;
  const KnownHosts::Entry known = KnownHosts::load(host.known_hosts).find_exactly(known_hosts_name(host.address, host.port));
  const bool other_kind = std::none_of(known.keys.begin(), known.keys.end(), [&](const auto& k) { return k.type == key.type; });
  switch (KnownHosts::judge(known, key.type, key.blob, line)) {
    case KnownHosts::Verdict::Known: return Trusted::AlreadyThere;
    case KnownHosts::Verdict::Unknown: break;
    case KnownHosts::Verdict::Changed:
      if (other_kind) break;
      throw Error("'" + file + "' has another key (" + key.type + ") for '" + host.name + "' in line " + std::to_string(line),
                  "if the host was installed anew, remove the old one: ssh-keygen -R " +
                      quote_for_shell(known_hosts_name(host.address, host.port)) + " -f " + quote_for_shell(file));
    case KnownHosts::Verdict::Revoked:
      throw Error("'" + file + "' revokes this key of '" + host.name + "' in line " + std::to_string(line),
                  "do not trust it; give the host a new key");
  }
  const std::string text = (ends_in_mid_line(out.get()) ? "\n" : "") + line_for(host, key);
  if (::write(out.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(out.get()) < 0) {
    cannot_write(file);
  }
  return Trusted::Added;
}

}  // namespace orchestrator
