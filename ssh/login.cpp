#include "ssh/login.hpp"

#include <algorithm>
#include <cstdlib>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "ssh/agent.hpp"
#include "ssh/key_file.hpp"
#include "ssh/libssh2_engine.hpp"
#include "ssh/target.hpp"
#include "ssh/wire.hpp"

namespace orchestrator {

namespace {

// sshd's MaxAuthTries is 6, and the question for the methods is one.
constexpr std::size_t kMostAgentKeys = 5;

struct KeyLogin {
  std::string user;
  PrivateKey key;
};

StartError refused(const HostSettings& host, const std::string& why, std::string remedy) {
  return StartError(StartFailure::LoginRefused, "cannot log in to " + describe_host(host) + ": " + why, std::move(remedy));
}

StartError lost(const HostSettings& host, const EngineError& error) {
  return StartError(StartFailure::Unreachable, "connection to " + describe_host(host) + " lost during the login: " + error.what(),
                    "see sshd's log over there");
}

bool knows_rsa_sha2(const SshEngine& engine) {
  const std::vector<std::string> types = engine.supported(AlgorithmKind::HostKey);
  return std::find(types.begin(), types.end(), "rsa-sha2-256") != types.end();
}

std::string not_accepted_remedy(const HostSettings& host, const std::string& public_line) {
  std::string remedy = "add the public key to ~/.ssh/authorized_keys of '" + host.user + "' over there";
  if (!public_line.empty()) remedy += ": " + public_line;
  return remedy + "; if it is there already, that file or its folders may be writable by others: see sshd's log";
}

/// \return whether the login is over already.
awaitable<bool> ask_for_methods(SshWire& wire, const HostSettings& host) {
  std::optional<std::vector<std::string>> methods;
  for (;;) {
    methods = wire.engine->login_methods(host.user);
    if (methods) break;
    co_await exchange(wire);
  }
  if (methods->empty()) co_return true;
  if (std::find(methods->begin(), methods->end(), "publickey") == methods->end()) {
    std::string names;
    for (const std::string& name : *methods) names += (names.empty() ? "" : ", ") + name;
    throw refused(host, "the server takes no keys, only " + names, "set 'PubkeyAuthentication yes' in /etc/ssh/sshd_config over there");
  }
  co_return false;
}

awaitable<void> log_in_with_key(SshWire& wire, const HostSettings& host, const KeyFile& file, const Secret& passphrase) {
  auto login = std::make_shared<KeyLogin>();
  login->user = host.user;
  login->key.text = file.text;
  login->key.passphrase = passphrase.reveal();
  login->key.public_line = file.public_line();
  const std::string path = host.identity->string();
  std::optional<StartError> error;
  try {
    for (;;) {
      // Decrypting takes a tenth of a second: not on the loop. Nobody else uses the engine now.
      auto step = [engine = wire.engine, login] { return engine->log_in(login->user, login->key); };
      const bool done = co_await run_blocking(std::move(step));
      if (done) co_return;
      co_await exchange(wire);
    }
  } catch (const EngineError& caught) {
    if (caught.failure() == EngineFailure::LoginRefused) {
      error = refused(host, "the server does not accept the key '" + path + "'" + (file.type.empty() ? "" : " (" + file.type + ")"),
                      not_accepted_remedy(host, file.public_line()));
      if (file.type == "ssh-rsa" && !knows_rsa_sha2(*wire.engine)) {
        error = refused(host, "the server does not accept the key '" + path + "', an RSA key: this build (" + engine_version() +
                                  ") can only sign with SHA-1 for it, which servers refuse",
                        "use an ed25519 key: ssh-keygen -t ed25519 -f " + path + "_ed25519");
      }
    } else if (caught.failure() == EngineFailure::BadKey && file.encrypted) {
      error = refused(host, "the passphrase does not open the key '" + path + "'",
                      "check 'passphrase' of [hosts." + host.name + "], with: ssh-keygen -y -f " + path);
    } else if (caught.failure() == EngineFailure::BadKey) {
      error = refused(host, "the key '" + path + "' cannot be used: " + caught.what(),
                      "make another one: ssh-keygen -t ed25519 -f " + path + "_ed25519");
    } else {
      error = lost(host, caught);
    }
  }
  throw StartError(*error);
}

/// One key of the agent. \return whether the server accepted it.
awaitable<bool> try_agent_key(SshWire& wire, const HostSettings& host, SshAgent& agent, const std::string& blob) {
  std::string to_sign;
  std::optional<std::string> signature;
  const Signer signer = [&to_sign, &signature](std::string_view data) -> std::optional<std::string> {
    if (!signature) to_sign = data;
    return signature;
  };
  try {
    for (;;) {
      const bool done = wire.engine->log_in(host.user, blob, signer);
      if (done) co_return true;
      if (!to_sign.empty() && !signature) {
        signature = co_await agent.sign(blob, to_sign);
      } else {
        co_await exchange(wire);
      }
    }
  } catch (const EngineError& caught) {
    if (caught.failure() != EngineFailure::LoginRefused) throw;
  }
  co_return false;
}

/// \param only the public key to use; empty: each that the agent has.
awaitable<void> log_in_with_agent(SshWire& wire, const HostSettings& host, const std::string& socket, const std::string& only) {
  std::string tried;
  std::optional<StartError> error;
  bool rsa = false;
  try {
    SshAgent agent = co_await SshAgent::connect(socket);
    const std::vector<SshAgent::Identity> keys = co_await agent.identities();
    std::size_t count = 0;
    for (const SshAgent::Identity& key : keys) {
      if (!only.empty() && key.blob != only) continue;
      if (++count > kMostAgentKeys) break;
      const std::string type(WireReader(key.blob).string());
      rsa = rsa || type == "ssh-rsa";
      tried += (tried.empty() ? "'" : ", '") + key.comment + "' (" + type + ")";
      if (co_await try_agent_key(wire, host, agent, key.blob)) co_return;
    }
  } catch (const EngineError& caught) {
    error = lost(host, caught);
  } catch (const Error& caught) {
    error = refused(host, caught.what(), caught.remedy());
  }
  if (error) throw StartError(*error);
  if (tried.empty()) throw refused(host, "the ssh-agent at '" + socket + "' has no key for it", "ssh-add FILE, or set 'identity' of [hosts." + host.name + "]");
  std::string remedy = not_accepted_remedy(host, "");
  if (rsa && !knows_rsa_sha2(*wire.engine)) remedy = "use an ed25519 key (ssh-keygen -t ed25519): this build (" + engine_version() + ") cannot use RSA keys";
  throw refused(host, "the server accepts none of the ssh-agent's keys: " + tried, std::move(remedy));
}

std::string agent_socket() {
  const char* path = std::getenv("SSH_AUTH_SOCK");
  return path ? path : "";
}

}  // namespace

awaitable<void> log_in(SshWire& wire, const HostSettings& host, const PassphraseSource& passphrase, DialProgress& progress) {
  progress.step = "logging in";
  std::optional<StartError> error;
  try {
    if (co_await ask_for_methods(wire, host)) co_return;
  } catch (const EngineError& caught) {
    error = lost(host, caught);
  }
  if (error) throw StartError(*error);
  const std::string agent = agent_socket();
  if (!host.identity) {
    if (agent.empty()) {
      throw refused(host, "it has no 'identity', and there is no ssh-agent (SSH_AUTH_SOCK is not set; cron and systemd never set it)",
                    "set 'identity' of [hosts." + host.name + "] to a private key");
    }
    co_await log_in_with_agent(wire, host, agent, "");
    co_return;
  }
  auto read = [file = *host.identity] { return read_key_file(file); };
  const KeyFile key = co_await run_blocking(std::move(read));
  Secret secret;
  if (key.encrypted && host.passphrase && passphrase) secret = co_await passphrase(host);
  if (key.encrypted && secret.empty()) {
    if (agent.empty() || key.blob.empty()) {
      throw refused(host, "the key '" + host.identity->string() + "' is encrypted, and there is no passphrase for it",
                    "set 'passphrase' of [hosts." + host.name + "], say to \"${file:/etc/orchestratord/passphrase}\", or add the key to an ssh-agent");
    }
    co_await log_in_with_agent(wire, host, agent, key.blob);
    co_return;
  }
  co_await log_in_with_key(wire, host, key, secret);
}

}  // namespace orchestrator
