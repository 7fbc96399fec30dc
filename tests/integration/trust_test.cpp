// `orchestratord --trust`: shows, and adds only what was compared.
#include <fstream>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Trust : public ProgramTest {
 protected:
  Trust() {
    HostSettings host = sshd_.host();
    host.known_hosts = known_hosts();
    configure(host_table(host));
  }
  [[nodiscard]] fs::path known_hosts() const { return folder() / "ssh" / "known_hosts"; }
  [[nodiscard]] std::string fingerprint() const { return sshd_.fingerprint(sshd_.host_key("ed25519")); }

  Sshd sshd_;
};

TEST_F(Trust, ShowsTheKeysAndTrustsNothing) {
  const ProgramEnd end = run({"--trust", "nas"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.output, AllOf(HasSubstr("ssh-ed25519"), HasSubstr(fingerprint()), HasSubstr("--fingerprint")));
  EXPECT_FALSE(fs::exists(known_hosts()));
}

TEST_F(Trust, AddsTheKeyThatWasCompared) {
  const ProgramEnd end = run({"--trust", "nas", "--fingerprint", fingerprint()});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.output, StartsWith("added the ssh-ed25519 key of 'nas'"));
  EXPECT_THAT(read_file(known_hosts()), HasSubstr("ssh-ed25519 "));
  const ProgramEnd again = run({"--trust", "nas", "--fingerprint", fingerprint()});
  EXPECT_EQ(again.code, 0) << again.errors;
  EXPECT_THAT(again.output, HasSubstr("already"));
}

TEST_F(Trust, SaysWhatIsKnownAlready) {
  ASSERT_EQ(run({"--trust", "nas", "--fingerprint", fingerprint()}).code, 0);
  const ProgramEnd end = run({"--trust", "nas"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.output, AllOf(HasSubstr(fingerprint() + "  known\n"), HasSubstr("it is trusted"), Not(HasSubstr("CHANGED"))));
}

TEST_F(Trust, SaysThatAKeyHasChanged) {
  ASSERT_EQ(run({"--trust", "nas", "--fingerprint", fingerprint()}).code, 0);
  std::string known = read_file(known_hosts());
  const std::size_t key = known.find("AAAA") + 40;
  known[key] = known[key] == 'A' ? 'B' : 'A';
  std::ofstream(known_hosts()) << known;
  const ProgramEnd end = run({"--trust", "nas"});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.output, AllOf(HasSubstr("CHANGED: line 1 has another one"), HasSubstr("somebody may be in between"),
                                HasSubstr("ssh-keygen -R"), Not(HasSubstr("--fingerprint"))));
}

TEST_F(Trust, RefusesAnotherFingerprint) {
  const ProgramEnd end = run({"--trust", "nas", "--fingerprint", "SHA256:" + std::string(43, 'A')});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.errors, HasSubstr("nothing was trusted"));
  EXPECT_FALSE(fs::exists(known_hosts()));
}

TEST_F(Trust, RefusesWhatIsNoFingerprint) {
  EXPECT_THAT(run({"--trust", "nas", "--fingerprint", "MD5:00"}).errors, HasSubstr("'SHA256:'"));
}

TEST_F(Trust, NamesTheHostsThatThereAre) {
  const ProgramEnd end = run({"--trust", "nos"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, HasSubstr("nas"));
}

}  // namespace
}  // namespace orchestrator::test
