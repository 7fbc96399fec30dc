#include "ssh/known_hosts.hpp"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/config/settings.hpp"
#include "orchestrator/error.hpp"
#include "ssh/trust.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator {
namespace {

using test::read_file;
using test::TemporaryDirectory;
using Verdict = KnownHosts::Verdict;

// "key one" and "key two" in base64: nobody looks inside.
constexpr const char* kOne = "a2V5IG9uZQ==";
constexpr const char* kTwo = "a2V5IHR3bw==";

std::vector<unsigned> lines_for(const std::string& text, const std::string& host, std::uint16_t port) {
  std::vector<unsigned> lines;
  for (const KnownHosts::Key& key : KnownHosts(text).find(host, port).keys) lines.push_back(key.line);
  return lines;
}

Verdict judged(const std::string& text, const std::string& type, const std::string& blob, unsigned* line = nullptr) {
  unsigned found = 0;
  const Verdict verdict = KnownHosts::judge(KnownHosts(text).find("nas", 22), type, blob, found);
  if (line) *line = found;
  return verdict;
}

TEST(KnownHosts, FindsPlainNamesInLists) {
  const std::string text = std::string("# comment\n\nother,NAS.lan ssh-ed25519 ") + kOne + "\n";
  EXPECT_THAT(lines_for(text, "nas.lan", 22), testing::ElementsAre(3));
  EXPECT_THAT(lines_for(text, "Nas.Lan", 22), testing::ElementsAre(3));
  EXPECT_THAT(lines_for(text, "as.lan", 22), testing::IsEmpty());
}

TEST(KnownHosts, FindsANameWithItsPort) {
  const std::string text = std::string("[nas]:2222 ssh-ed25519 ") + kOne + "\n";
  EXPECT_THAT(lines_for(text, "nas", 2222), testing::ElementsAre(1));
  EXPECT_THAT(lines_for(text, "nas", 22), testing::IsEmpty());
}

TEST(KnownHosts, FallsBackToThePlainNameForAnotherPort) {
  const std::string text = std::string("nas ssh-ed25519 ") + kOne + "\n";
  EXPECT_THAT(lines_for(text, "nas", 2222), testing::ElementsAre(1));
}

TEST(KnownHosts, FindsHashedNames) {
  // ssh-keygen -H of "192.168.1.61"
  const std::string text = std::string("|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 ") + kOne + "\n";
  EXPECT_THAT(lines_for(text, "192.168.1.61", 22), testing::ElementsAre(1));
  EXPECT_THAT(lines_for(text, "192.168.1.62", 22), testing::IsEmpty());
}

TEST(KnownHosts, UnderstandsPatternsAndExceptions) {
  const std::string text = std::string("*.lan,!bad.lan,192.168.?.1 ssh-ed25519 ") + kOne + "\n";
  EXPECT_THAT(lines_for(text, "nas.lan", 22), testing::ElementsAre(1));
  EXPECT_THAT(lines_for(text, "192.168.7.1", 22), testing::ElementsAre(1));
  EXPECT_THAT(lines_for(text, "bad.lan", 22), testing::IsEmpty());
}

TEST(KnownHosts, SkipsLinesThatMakeNoSense) {
  const std::string text = std::string("nas\nnas ssh-ed25519\nnas ssh-ed25519 !!!\n@new nas ssh-ed25519 ") + kOne + "\nnas ssh-ed25519 " + kOne;
  EXPECT_THAT(lines_for(text, "nas", 22), testing::ElementsAre(5));
}

TEST(KnownHosts, KnowsAKeyOfAnyOfItsLines) {
  const std::string text = std::string("nas ssh-ed25519 ") + kOne + "\nnas ecdsa-sha2-nistp256 " + kTwo + "\n";
  EXPECT_EQ(judged(text, "ssh-ed25519", "key one"), Verdict::Known);
  EXPECT_EQ(judged(text, "ecdsa-sha2-nistp256", "key two"), Verdict::Known);
}

TEST(KnownHosts, NamesTheLineOfAChangedKey) {
  const std::string text = std::string("x ssh-rsa ") + kTwo + "\nnas ssh-ed25519 " + kOne + "\n";
  unsigned line = 0;
  EXPECT_EQ(judged(text, "ssh-ed25519", "key two", &line), Verdict::Changed);
  EXPECT_EQ(line, 2U);
}

TEST(KnownHosts, TakesAKeyOfAnotherKindAsChanged) {
  const std::string text = std::string("nas ssh-ed25519 ") + kOne + "\n";
  EXPECT_EQ(judged(text, "ssh-rsa", "key two"), Verdict::Changed);
}

TEST(KnownHosts, RefusesARevokedKeyEvenIfAnotherLineHasIt) {
  const std::string text = std::string("nas ssh-ed25519 ") + kOne + "\n@revoked * ssh-ed25519 " + kOne + "\n";
  unsigned line = 0;
  EXPECT_EQ(judged(text, "ssh-ed25519", "key one", &line), Verdict::Revoked);
  EXPECT_EQ(line, 2U);
}

TEST(KnownHosts, DoesNotTakeACertificateAuthorityForAKey) {
  const std::string text = std::string("@cert-authority * ssh-ed25519 ") + kOne + "\n";
  EXPECT_EQ(judged(text, "ssh-ed25519", "key one"), Verdict::Unknown);
  EXPECT_THAT(KnownHosts(text).find("nas", 22).authorities, testing::ElementsAre(1));
}

TEST(KnownHosts, OfAFileThatIsMissingAreNone) {
  EXPECT_THAT(KnownHosts::load("/nowhere/known_hosts").find("nas", 22).keys, testing::IsEmpty());
}

TEST(KnownHosts, ThatCannotBeReadAreAnError) { EXPECT_THROW(static_cast<void>(KnownHosts::load("/proc/self/mem/x")), Error); }

class AddHostKeyTest : public testing::Test {
 protected:
  AddHostKeyTest() {
    host_.name = "nas";
    host_.address = "nas.lan";
    host_.port = 2222;
    host_.known_hosts = directory_.path() / "new" / "known_hosts";
    key_ = HostKey{"ssh-ed25519", "key one", "SHA256:x"};
  }

  TemporaryDirectory directory_;
  HostSettings host_;
  HostKey key_;
};

TEST_F(AddHostKeyTest, MakesTheFileForItsOwnerAlone) {
  EXPECT_EQ(add_host_key(host_, key_), Trusted::Added);
  EXPECT_EQ(read_file(host_.known_hosts), std::string("[nas.lan]:2222 ssh-ed25519 ") + kOne + "\n");
  struct stat status {};
  ASSERT_EQ(::stat(host_.known_hosts.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat(host_.known_hosts.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(AddHostKeyTest, LeavesAloneWhatIsThere) {
  host_.known_hosts = directory_.write("known_hosts", "other ssh-ed25519 AAAA no newline");
  EXPECT_EQ(add_host_key(host_, key_), Trusted::Added);
  EXPECT_EQ(add_host_key(host_, key_), Trusted::AlreadyThere);
  EXPECT_EQ(read_file(host_.known_hosts), std::string("other ssh-ed25519 AAAA no newline\n[nas.lan]:2222 ssh-ed25519 ") + kOne + "\n");
}

TEST_F(AddHostKeyTest, RefusesAnotherKeyOfTheSameKind) {
  ASSERT_EQ(add_host_key(host_, key_), Trusted::Added);
  key_.blob = "key two";
  try {
    static_cast<void>(add_host_key(host_, key_));
    FAIL() << "took it";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("has another key (ssh-ed25519) for 'nas' in line 1"));
    EXPECT_THAT(error.remedy(), testing::HasSubstr("ssh-keygen -R '[nas.lan]:2222' -f "));
  }
}

TEST_F(AddHostKeyTest, AddsAKeyOfAnotherKind) {
  ASSERT_EQ(add_host_key(host_, key_), Trusted::Added);
  key_ = HostKey{"ssh-rsa", "key two", "SHA256:y"};
  EXPECT_EQ(add_host_key(host_, key_), Trusted::Added);
}

TEST_F(AddHostKeyTest, RefusesARevokedKey) {
  host_.known_hosts = directory_.write("known_hosts", std::string("@revoked [nas.lan]:2222 ssh-ed25519 ") + kOne + "\n");
  EXPECT_THROW(static_cast<void>(add_host_key(host_, key_)), Error);
}

}  // namespace
}  // namespace orchestrator
