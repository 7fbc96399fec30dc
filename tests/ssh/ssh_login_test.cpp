#include <cstdlib>
#include <fstream>

#include "ssh/libssh2_engine.hpp"
#include "tests/ssh/ssh_fixture.hpp"
#include "tests/support/environment_variable.hpp"
#include "tests/support/ssh_agent.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

SshLinkOptions with_passphrase(const std::string& passphrase) {
  SshLinkOptions options;
  options.passphrase = [passphrase](const HostSettings&) -> awaitable<Secret> { co_return Secret(passphrase); };
  return options;
}

bool engine_knows_rsa_sha2() {
  const std::vector<std::string> types = make_libssh2_engine()->supported(AlgorithmKind::HostKey);
  return std::find(types.begin(), types.end(), "rsa-sha2-256") != types.end();
}

class SshLoginTest : public SshTest {
 protected:
  [[nodiscard]] HostSettings with_key(const std::filesystem::path& key) const {
    HostSettings host = sshd_.host();
    host.identity = key;
    return host;
  }

  /// What it throws, with the beginning that all of them share taken away.
  Caught refused(const HostSettings& host, const SshLinkOptions& options = SshLinkOptions()) {
    Caught caught = connect_error(host, options);
    EXPECT_EQ(caught.failure, StartFailure::LoginRefused) << caught.message;
    const std::string beginning =
        "cannot log in to 'nas' (" + host.user + "@127.0.0.1:" + std::to_string(host.port) + "): ";
    if (caught.message.starts_with(beginning)) caught.message.erase(0, beginning.size());
    return caught;
  }

  EnvironmentVariable no_agent_{"SSH_AUTH_SOCK", std::nullopt};
  Sshd sshd_;
};

TEST_F(SshLoginTest, WorksWithEachKindOfKeyInEachFormat) {
  const std::vector<std::vector<std::string>> kinds{
      {"-t", "ed25519", "-N", ""}, {"-t", "ecdsa", "-b", "256", "-N", ""}, {"-t", "ecdsa", "-b", "521", "-N", ""},
      {"-t", "ecdsa", "-b", "256", "-m", "PEM", "-N", ""}};
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto key = sshd_.add_client_key("key" + std::to_string(i), kinds[i]);
    EXPECT_EQ(connect_error(with_key(key)).message, "") << "kind " << i;
  }
}

TEST_F(SshLoginTest, SaysWhatToDoWhereRsaKeysCannotSignWithSha2) {
  const auto key = sshd_.add_client_key("rsa", {"-t", "rsa", "-b", "2048", "-N", ""});
  if (engine_knows_rsa_sha2()) {
    EXPECT_EQ(connect_error(with_key(key)).message, "");
    return;
  }
  const Caught caught = refused(with_key(key));
  EXPECT_THAT(caught.message, HasSubstr("an RSA key: this build (libssh2 1."));
  EXPECT_THAT(caught.remedy, StartsWith("use an ed25519 key: ssh-keygen -t ed25519 -f "));
}

TEST_F(SshLoginTest, OpensAnEncryptedKeyWithItsPassphrase) {
  const auto key = sshd_.add_client_key("encrypted", {"-t", "ed25519", "-N", "open sesame"});
  HostSettings host = with_key(key);
  host.passphrase = "${env:PASSPHRASE}";
  EXPECT_EQ(connect_error(host, with_passphrase("open sesame")).message, "");
}

TEST_F(SshLoginTest, SaysThatAPassphraseIsWrong) {
  for (const char* kind : {"ed25519", "ecdsa"}) {
    const auto key = sshd_.add_client_key(kind, {"-t", kind, "-N", "open sesame"});
    HostSettings host = with_key(key);
    host.passphrase = "x";
    const Caught caught = refused(host, with_passphrase("wrong"));
    EXPECT_EQ(caught.message, "the passphrase does not open the key '" + key.string() + "'");
    EXPECT_THAT(caught.remedy, HasSubstr("check 'passphrase' of [hosts.nas]"));
  }
}

TEST_F(SshLoginTest, SaysThatAnEncryptedKeyNeedsAPassphrase) {
  const auto key = sshd_.add_client_key("encrypted", {"-t", "ed25519", "-N", "open sesame"});
  const Caught caught = refused(with_key(key));
  EXPECT_EQ(caught.message, "the key '" + key.string() + "' is encrypted, and there is no passphrase for it");
  EXPECT_THAT(caught.remedy, HasSubstr("set 'passphrase' of [hosts.nas]"));
}

TEST_F(SshLoginTest, SaysThatTheKeyFileIsMissing) {
  const auto key = sshd_.directory() / "missing";
  const Caught caught = refused(with_key(key));
  EXPECT_EQ(caught.message, "cannot use the key '" + key.string() + "': No such file or directory");
  EXPECT_EQ(caught.remedy, "make one: ssh-keygen -t ed25519 -f " + key.string());
}

TEST_F(SshLoginTest, RefusesAKeyThatOthersMayRead) {
  const auto key = sshd_.add_client_key("open", {"-t", "ed25519", "-N", ""});
  std::filesystem::permissions(key, std::filesystem::perms(0644));
  const Caught caught = refused(with_key(key));
  EXPECT_THAT(caught.message, HasSubstr("others may read it (mode 0644)"));
  EXPECT_EQ(caught.remedy, "chmod 600 " + key.string());
}

TEST_F(SshLoginTest, RefusesThePublicHalf) {
  const auto key = sshd_.directory() / "client.pub";
  std::filesystem::permissions(key, std::filesystem::perms(0600));
  const Caught caught = refused(with_key(key));
  EXPECT_THAT(caught.message, HasSubstr("it is the public half of a key"));
  EXPECT_THAT(caught.remedy, HasSubstr("without '.pub'"));
}

TEST_F(SshLoginTest, RefusesWhatIsNoKey) {
  const TemporaryDirectory directory;
  const std::string whole = read_file(sshd_.directory() / "client");
  for (const auto& [content, complaint] : std::vector<std::pair<std::string, std::string>>{
           {"", "it is no private key"},
           {"hello", "it is no private key"},
           {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "it is no private key but 'CERTIFICATE'"},
           {whole.substr(0, whole.size() / 2), "it is a private key that breaks off"},
           {"PuTTY-User-Key-File-3: ssh-ed25519\n", "it is a key of PuTTY"},
           {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "it is a damaged private key"},
           {"-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "cannot be used"}}) {
    const Caught caught = refused(with_key(directory.write("key", content)));
    EXPECT_THAT(caught.message, HasSubstr(complaint));
  }
}

TEST_F(SshLoginTest, ShowsThePublicKeyThatTheServerDoesNotAccept) {
  std::ofstream(sshd_.directory() / "authorized_keys").close();
  const Caught caught = refused(sshd_.host());
  EXPECT_EQ(caught.message, "the server does not accept the key '" + (sshd_.directory() / "client").string() + "' (ssh-ed25519)");
  EXPECT_THAT(caught.remedy, StartsWith("add the public key to ~/.ssh/authorized_keys of '" + sshd_.host().user + "' over there: ssh-ed25519 AAAA"));
}

TEST_F(SshLoginTest, SaysThatThereIsNeitherKeyNorAgent) {
  HostSettings host = sshd_.host();
  host.identity.reset();
  const Caught caught = refused(host);
  EXPECT_THAT(caught.message, HasSubstr("SSH_AUTH_SOCK is not set; cron and systemd never set it"));
  EXPECT_EQ(caught.remedy, "set 'identity' of [hosts.nas] to a private key");
}

TEST_F(SshLoginTest, SaysThatTheServerTakesNoKeys) {
  SshdOptions options;
  options.lines = {"PubkeyAuthentication no", "PasswordAuthentication yes"};
  Sshd sshd(options);
  const Caught caught = connect_error(sshd.host());
  EXPECT_THAT(caught.message, HasSubstr("the server takes no keys, only password"));
}

TEST_F(SshLoginTest, HoldsNoLoopWhileItDecrypts) {
  // The fixture's loop fails the test when a handler holds it; this key takes half a second.
  const auto key = sshd_.add_client_key("slow", {"-t", "ed25519", "-N", "x", "-a", "100"});
  HostSettings host = with_key(key);
  host.passphrase = "x";
  EXPECT_EQ(connect_error(host, with_passphrase("x")).message, "");
}

TEST_F(SshLoginTest, WorksWithTheAgent) {
  Agent agent;
  sshd_.add_client_key("other", {"-t", "ed25519", "-N", ""});
  agent.add(sshd_.directory() / "client");
  const EnvironmentVariable socket("SSH_AUTH_SOCK", agent.socket());
  HostSettings host = sshd_.host();
  host.identity.reset();
  EXPECT_EQ(connect_error(host).message, "");
}

TEST_F(SshLoginTest, TriesTheAgentsKeysInTurn) {
  Agent agent;
  std::filesystem::copy_file(sshd_.directory() / "authorized_keys", sshd_.directory() / "kept");
  for (const char* name : {"a", "b"}) agent.add(sshd_.add_client_key(name, {"-t", "ecdsa", "-N", ""}));
  agent.add(sshd_.directory() / "client");
  std::filesystem::rename(sshd_.directory() / "kept", sshd_.directory() / "authorized_keys");
  const EnvironmentVariable socket("SSH_AUTH_SOCK", agent.socket());
  HostSettings host = sshd_.host();
  host.identity.reset();
  EXPECT_EQ(connect_error(host).message, "");
}

TEST_F(SshLoginTest, NamesTheAgentsKeysThatWereRefused) {
  Agent agent;
  agent.add(sshd_.add_client_key("stranger", {"-t", "ed25519", "-N", ""}));
  std::ofstream(sshd_.directory() / "authorized_keys").close();
  const EnvironmentVariable socket("SSH_AUTH_SOCK", agent.socket());
  HostSettings host = sshd_.host();
  host.identity.reset();
  EXPECT_EQ(refused(host).message, "the server accepts none of the ssh-agent's keys: 'stranger' (ssh-ed25519)");
}

TEST_F(SshLoginTest, SaysWhatTheServerSaidWhenItHungUp) {
  SshdOptions options;
  options.lines = {"MaxAuthTries 1"};
  Sshd sshd(options);
  std::ofstream(sshd.directory() / "authorized_keys").close();
  const Caught caught = connect_error(sshd.host());
  EXPECT_EQ(caught.failure, StartFailure::Unreachable);
  EXPECT_THAT(caught.message, HasSubstr("lost during the login: the server says 'Too many authentication failures'"));
}

TEST_F(SshLoginTest, TakesAnEncryptedKeyFromTheAgentThatHasItOpen) {
  Agent agent;
  const auto key = sshd_.add_client_key("locked", {"-t", "ed25519", "-N", ""});
  agent.add(key);
  run_program({"/usr/bin/ssh-keygen", "-q", "-p", "-P", "", "-N", "secret", "-f", key});
  const EnvironmentVariable socket("SSH_AUTH_SOCK", agent.socket());
  EXPECT_EQ(connect_error(with_key(key)).message, "");
}

TEST_F(SshLoginTest, SaysThatTheAgentHasNoKey) {
  Agent agent;
  const EnvironmentVariable socket("SSH_AUTH_SOCK", agent.socket());
  HostSettings host = sshd_.host();
  host.identity.reset();
  EXPECT_EQ(refused(host).message, "the ssh-agent at '" + agent.socket() + "' has no key for it");
}

TEST_F(SshLoginTest, SaysThatNobodyListensAtTheAgentsSocket) {
  const EnvironmentVariable socket("SSH_AUTH_SOCK", "/nowhere/agent");
  HostSettings host = sshd_.host();
  host.identity.reset();
  EXPECT_THAT(refused(host).message, HasSubstr("cannot talk to the ssh-agent at '/nowhere/agent' (SSH_AUTH_SOCK): "));
}

}  // namespace
}  // namespace orchestrator::test
