#include <fstream>

#include "ssh/trust.hpp"
#include "tests/ssh/ssh_fixture.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;

SshdOptions with_host_keys(std::vector<std::string> types) {
  SshdOptions options;
  options.host_keys = std::move(types);
  return options;
}

class SshHostKeyTest : public SshTest {
 protected:
  [[nodiscard]] static HostSettings knowing(const Sshd& sshd, const std::filesystem::path& known_hosts) {
    HostSettings host = sshd.host();
    host.known_hosts = known_hosts;
    return host;
  }
  [[nodiscard]] static std::string name_of(const Sshd& sshd) { return "[127.0.0.1]:" + std::to_string(sshd.port()); }

  /// The line for `sshd` with the public half of `key`.
  [[nodiscard]] static std::string line(const Sshd& sshd, const std::filesystem::path& key) {
    return name_of(sshd) + " " + read_file(key.string() + ".pub");
  }

  TemporaryDirectory directory_;
};

TEST_F(SshHostKeyTest, ThatIsUnknownIsShownWithTheWayToCompareAndToTrustIt) {
  Sshd sshd;
  const auto file = directory_.path() / "missing";
  const Caught caught = connect_error(knowing(sshd, file));
  EXPECT_EQ(caught.failure, StartFailure::LoginRefused);
  EXPECT_THAT(caught.message, HasSubstr("the host key of 'nas' ("));
  EXPECT_THAT(caught.message, HasSubstr("is not known in '" + file.string() + "'"));
  EXPECT_THAT(caught.message, HasSubstr("(ssh-ed25519) has the fingerprint " + sshd.fingerprint(sshd.host_key("ed25519"))));
  EXPECT_THAT(caught.remedy, HasSubstr("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"));
  EXPECT_THAT(caught.remedy, HasSubstr("orchestratord --trust nas"));
}

TEST_F(SshHostKeyTest, ThatHasChangedIsRefused) {
  Sshd sshd;
  const auto file = directory_.write("known_hosts", "# mine\n" + line(sshd, sshd.directory() / "client"));
  const Caught caught = connect_error(knowing(sshd, file));
  EXPECT_EQ(caught.failure, StartFailure::LoginRefused);
  EXPECT_THAT(caught.message, HasSubstr("is another one than in '" + file.string() + "' line 2"));
  EXPECT_THAT(caught.message, HasSubstr(sshd.fingerprint(sshd.host_key("ed25519"))));
  EXPECT_THAT(caught.remedy, HasSubstr("ssh-keygen -R '" + name_of(sshd) + "' -f " + file.string()));
}

TEST_F(SshHostKeyTest, IsFoundUnderAHashedName) {
  Sshd sshd;
  const auto file = directory_.write("known_hosts", line(sshd, sshd.host_key("ed25519")));
  run_program({"/usr/bin/ssh-keygen", "-q", "-H", "-f", file});
  ASSERT_THAT(read_file(file), testing::StartsWith("|1|"));
  EXPECT_EQ(connect_error(knowing(sshd, file)).message, "");
}

TEST_F(SshHostKeyTest, IsFoundWithoutThePort) {
  Sshd sshd;
  const auto file = directory_.write("known_hosts", "127.0.0.1 " + read_file(sshd.host_key("ed25519").string() + ".pub"));
  EXPECT_EQ(connect_error(knowing(sshd, file)).message, "");
}

TEST_F(SshHostKeyTest, IsAskedForInAKindThatIsKnown) {
  Sshd sshd(with_host_keys({"ed25519", "ecdsa"}));
  for (const char* type : {"ed25519", "ecdsa"}) {
    const auto file = directory_.write("known_hosts", line(sshd, sshd.host_key(type)));
    EXPECT_EQ(connect_error(knowing(sshd, file)).message, "") << type;
  }
}

TEST_F(SshHostKeyTest, OfAnotherKindThanKnownIsRefused) {
  Sshd ecdsa(with_host_keys({"ecdsa"}));
  const auto file = directory_.write("known_hosts", line(ecdsa, ecdsa.directory() / "client"));
  const Caught caught = connect_error(knowing(ecdsa, file));
  EXPECT_EQ(caught.failure, StartFailure::LoginRefused);
  EXPECT_THAT(caught.message, HasSubstr("known is ssh-ed25519, the server has ecdsa-sha2-nistp256"));
}

TEST_F(SshHostKeyTest, ThatIsRevokedIsRefused) {
  Sshd sshd;
  const std::string known = line(sshd, sshd.host_key("ed25519"));
  const auto file = directory_.write("known_hosts", known + "@revoked " + known);
  const Caught caught = connect_error(knowing(sshd, file));
  EXPECT_EQ(caught.failure, StartFailure::LoginRefused);
  EXPECT_THAT(caught.message, HasSubstr("is revoked in '" + file.string() + "' line 2"));
}

TEST_F(SshHostKeyTest, IsNotVouchedForByACertificateAuthority) {
  Sshd sshd;
  const auto file = directory_.write("known_hosts", "@cert-authority " + line(sshd, sshd.host_key("ed25519")));
  const Caught caught = connect_error(knowing(sshd, file));
  EXPECT_THAT(caught.message, HasSubstr("line 1 trusts a certificate authority, which is not supported"));
}

TEST_F(SshHostKeyTest, IsFetchedAndTrusted) {
  Sshd sshd(with_host_keys({"ed25519", "ecdsa"}));
  const HostSettings host = knowing(sshd, directory_.path() / "known_hosts");
  std::vector<HostKey> keys;
  run_for_real([&]() -> awaitable<void> { keys = co_await fetch_host_keys(host); });
  ASSERT_EQ(keys.size(), 2U);
  for (const HostKey& key : keys) {
    EXPECT_EQ(key.fingerprint, sshd.fingerprint(sshd.host_key(key.type == "ssh-ed25519" ? "ed25519" : "ecdsa")));
    EXPECT_EQ(add_host_key(host, key), Trusted::Added);
  }
  EXPECT_EQ(connect_error(host).message, "");
}

TEST_F(SshHostKeyTest, IsNotProvenWhereNothingIsInCommon) {
  struct Case {
    const char* line;
    const char* what;
    const char* remedy;
  };
  for (const Case& c : {Case{"MACs hmac-sha2-256-etm@openssh.com", "no MAC in common: it offers hmac-sha2-256-etm@openssh.com",
                             "add to /etc/ssh/sshd_config over there: MACs +hmac-sha2-"},
                        Case{"Ciphers aes128-gcm@openssh.com", "no cipher in common: it offers aes128-gcm@openssh.com",
                             "add to /etc/ssh/sshd_config over there: Ciphers +aes"},
                        Case{"KexAlgorithms sntrup761x25519-sha512@openssh.com", "no key exchange in common: it offers sntrup761",
                             "add to /etc/ssh/sshd_config over there: KexAlgorithms +"}}) {
    SshdOptions options;
    options.lines = {c.line, "Ciphers aes128-ctr"};
    Sshd sshd(options);
    const Caught caught = connect_error(sshd.host());
    if (!caught.failure) continue;  // a libssh2 that has it
    EXPECT_EQ(caught.failure, StartFailure::NotPossible);
    EXPECT_THAT(caught.message, testing::StartsWith("cannot talk to 'nas' ("));
    EXPECT_THAT(caught.message, HasSubstr(c.what));
    EXPECT_THAT(caught.message, HasSubstr("; this build (libssh2 1."));
    EXPECT_THAT(caught.remedy, HasSubstr(c.remedy));
  }
}

TEST_F(SshHostKeyTest, OfRsaAloneIsExplainedWhereItsSignaturesAreNotKnown) {
  Sshd sshd(with_host_keys({"rsa"}));
  const Caught caught = connect_error(sshd.host());
  if (!caught.failure) return;  // a libssh2 that knows rsa-sha2
  EXPECT_THAT(caught.message, HasSubstr("no kind of host key in common: it offers rsa-sha2-512, rsa-sha2-256"));
}

}  // namespace
}  // namespace orchestrator::test
