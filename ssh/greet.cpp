#include <algorithm>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "orchestrator/host.hpp"
#include "orchestrator/process/command.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/libssh2_engine.hpp"
#include "ssh/login.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

struct AlgorithmName {
  AlgorithmKind kind;
  const char* what;
  const char* setting;  // of sshd_config
};
constexpr AlgorithmName kAlgorithmNames[] = {
    {AlgorithmKind::KeyExchange, "key exchange", "KexAlgorithms"},
    {AlgorithmKind::HostKey, "kind of host key", "HostKeyAlgorithms"},
    {AlgorithmKind::Cipher, "cipher", "Ciphers"},
    {AlgorithmKind::Mac, "MAC", "MACs"},
};

std::string join(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& name) { return std::find(b.begin(), b.end(), name) != b.end(); });
}

/// Which kinds of key to ask for: those that are known, or all with the shortest first.
std::vector<std::string> host_key_order(const SshEngine& engine, const KnownHosts::Entry& known) {
  std::vector<std::string> order;
  const std::vector<std::string> supported = engine.supported(AlgorithmKind::HostKey);
  for (const char* type : {"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
                           "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"}) {
    if (std::find(supported.begin(), supported.end(), type) == supported.end()) continue;
    const std::string key_type = std::string_view(type).starts_with("rsa-") ? "ssh-rsa" : type;
    const bool wanted = known.keys.empty() || std::any_of(known.keys.begin(), known.keys.end(),
                                                          [&](const KnownHosts::Key& key) { return key.type == key_type; });
    if (wanted) order.emplace_back(type);
  }
  return order;
}

/// Why two sides that could not agree could not.
StartError no_common_algorithm(const SshEngine& engine, const HostSettings& host, const EngineError& error) {
  const std::string beginning = "cannot talk to " + describe_host(host) + ": ";
  for (const AlgorithmName& name : kAlgorithmNames) {
    const std::vector<std::string> theirs = engine.offered(name.kind);
    const std::vector<std::string> ours = engine.supported(name.kind);
    if (theirs.empty() || share_one(theirs, ours)) continue;
    return StartError(StartFailure::NotPossible,
                      beginning + "no " + name.what + " in common: it offers " + join(theirs, ", ") + "; this build (" +
                          engine_version() + ") has " + join(ours, ", "),
                      std::string("add to /etc/ssh/sshd_config over there: ") + name.setting + " +" + ours.front());
  }
  return StartError(StartFailure::NotPossible, beginning + error.what(), "see sshd's log over there");
}

StartError handshake_error(const SshEngine& engine, const HostSettings& host, const EngineError& error) {
  const std::string banner = engine.server_banner();
  // sshd(8) says these instead of a greeting.
  if (banner == "Not allowed at this time" || banner == "Exceeded MaxStartups") {
    return StartError(StartFailure::Unreachable,
                      "cannot talk to " + describe_host(host) + ": it refuses connections for now: '" + banner + "'",
                      "wait some minutes; what refuses is set in its sshd_config: PerSourcePenalties after logins that "
                      "failed or broke off, MaxStartups while many are under way");
  }
  if (!banner.empty() && !banner.starts_with("SSH-")) {
    return StartError(StartFailure::Unreachable,
                      "cannot talk to " + describe_host(host) + ": no SSH server is there, but something that says '" +
                          banner.substr(0, 80) + "'",
                      "check 'port' of [hosts." + host.name + "]");
  }
  if (error.failure() == EngineFailure::KeyExchange) return no_common_algorithm(engine, host, error);
  if (error.failure() == EngineFailure::Lost) {
    return StartError(StartFailure::Unreachable,
                      "cannot talk to " + describe_host(host) + ": it closed the connection during the handshake",
                      "see sshd's log over there: MaxStartups, PerSourceMaxStartups or a firewall may refuse us");
  }
  return StartError(StartFailure::Unreachable, "cannot talk to " + describe_host(host) + ": " + error.what(),
                    "see sshd's log over there");
}

std::string how_to_compare(const HostSettings& host, const std::string& type) {
  std::string file = "ssh_host_ed25519_key.pub";
  if (type.starts_with("ecdsa")) file = "ssh_host_ecdsa_key.pub";
  if (type == "ssh-rsa") file = "ssh_host_rsa_key.pub";
  return "compare it on the host itself: ssh-keygen -lf /etc/ssh/" + file + "; if it is the same: orchestratord --trust " +
         host.name;
}

void check_host_key(const HostSettings& host, const HostKey& key, const KnownHosts::Entry& known) {
  unsigned line = 0;
  const std::string where = host.known_hosts.string();
  const std::string shown = "its key (" + key.type + ") has the fingerprint " + key.fingerprint;
  const std::string name = describe_host(host);
  switch (KnownHosts::judge(known, key.type, key.blob, line)) {
    case KnownHosts::Verdict::Known: return;
    case KnownHosts::Verdict::Unknown: {
      std::string more;
      if (!known.authorities.empty()) {
        more = " (line " + std::to_string(known.authorities.front()) + " trusts a certificate authority, which is not supported)";
      }
      throw StartError(StartFailure::LoginRefused,
                       "the host key of " + name + " is not known in '" + where + "'" + more + ": " + shown,
                       how_to_compare(host, key.type));
    }
    case KnownHosts::Verdict::Changed:
      throw StartError(StartFailure::LoginRefused,
                       "the host key of " + name + " is another one than in '" + where + "' line " + std::to_string(line) +
                           ": " + shown + "; somebody may be in between, or the host was installed anew",
                       how_to_compare(host, key.type) + ", after removing the old one: ssh-keygen -R " +
                           quote_for_shell(known_hosts_name(host.address, host.port)) + " -f " + quote_for_shell(where));
    case KnownHosts::Verdict::Revoked:
      throw StartError(StartFailure::LoginRefused,
                       "the host key of " + name + " is revoked in '" + where + "' line " + std::to_string(line) + ": " + shown,
                       "do not connect; give the host a new key");
  }
}

}  // namespace

awaitable<void> exchange(SshWire& wire) {
  const std::string out = wire.engine->take_unsent();
  if (!out.empty()) {
    const auto written = co_await asio::async_write(wire.socket, asio::buffer(out), use_task_tuple);
    // What the other side said before it hung up is more telling: read on.
    static_cast<void>(written);
  }
  char buffer[16384];
  const auto read = co_await wire.socket.async_read_some(asio::buffer(buffer), use_task_tuple);
  if (std::get<0>(read)) {
    wire.engine->receive_end();
  } else {
    wire.engine->receive(std::span<const char>(buffer, std::get<1>(read)));
  }
  const int on = 1;
  static_cast<void>(::setsockopt(wire.socket.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
}

awaitable<HostKey> shake_hands(SshWire& wire, const HostSettings& host) {
  std::optional<StartError> error;
  try {
    while (!wire.engine->handshake()) co_await exchange(wire);
  } catch (const EngineError& caught) {
    error = handshake_error(*wire.engine, host, caught);
  }
  if (error) throw StartError(*error);
  co_return wire.engine->host_key();
}

awaitable<void> greet(SshWire& wire, const HostSettings& host, DialProgress& progress) {
  progress.step = "waiting for the greeting of its SSH server";
  auto load = [file = host.known_hosts] { return KnownHosts::load(file); };
  const KnownHosts known_hosts = co_await run_blocking(std::move(load));
  const KnownHosts::Entry known = known_hosts.find(host.address, host.port);
  const std::vector<std::string> order = host_key_order(*wire.engine, known);
  // Nothing of what is known can be asked for: then see what comes, for the message.
  if (!order.empty()) wire.engine->prefer_host_keys(order);
  std::optional<StartError> error;
  HostKey key;
  try {
    key = co_await shake_hands(wire, host);
  } catch (const StartError& caught) {
    error = caught;
  }
  if (error) {
    const std::vector<std::string> offered = wire.engine->offered(AlgorithmKind::HostKey);
    const bool other_kind = !known.keys.empty() && !offered.empty() && !share_one(offered, order) &&
                            share_one(offered, wire.engine->supported(AlgorithmKind::HostKey));
    if (!other_kind) throw StartError(*error);
    throw StartError(StartFailure::LoginRefused,
                     "the host key of " + describe_host(host) + " is another one than in '" + host.known_hosts.string() +
                         "' line " + std::to_string(known.keys.front().line) + ": known is " + known.keys.front().type +
                         ", the server has " + join(offered, ", "),
                     how_to_compare(host, offered.front()));
  }
  check_host_key(host, key, known);
}

}  // namespace orchestrator
