// The files that systemd, the bus and polkit read, as those programs see them.
#include <gmock/gmock.h>

#include "systemd/authority.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/program_run.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;

class TheUnit : public TidyTest {
 protected:
  TheUnit() { use("systemd/units/orchestratord.service.in"); }

  // With the programs of this build.
  void use(const std::string& file) {
    std::string text = read_file(source_file(file));
    const std::string bindir = "@bindir@";
    for (std::size_t at = 0; (at = text.find(bindir)) != std::string::npos;) {
      text.replace(at, bindir.size(), program("orchestratord").parent_path().string());
    }
    unit_ = directory_.write("orchestratord.service", text);
  }

  void add_drop_in(const std::string& name) const {
    directory_.write("orchestratord.service.d/" + name, read_file(source_file("systemd/units/" + name)));
  }

  // What systemd-analyze says of the unit.
  [[nodiscard]] ProgramEnd analyze(std::vector<std::string> words) const {
    ProgramOptions options;
    options.words = {"/usr/bin/systemd-analyze"};
    options.words.insert(options.words.end(), words.begin(), words.end());
    options.words.push_back(unit_);
    options.environment = {{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}, {"SYSTEMD_UNIT_PATH", directory_.path().string() + ":"},
                           {"XDG_RUNTIME_DIR", directory_.path().string()}};
    return ProgramRun(options).wait();
  }

  TemporaryDirectory directory_;
  std::filesystem::path unit_;
};

TEST_F(TheUnit, IsExposedToLittle) {
  const ProgramEnd end = analyze({"security", "--offline=true", "--threshold=20", "--no-pager"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("Overall exposure level"));
}

TEST_F(TheUnit, HasNothingThatSystemdFindsFaultWith) {
  // It exits with 0 for keys that it does not know: what counts is that it says nothing.
  const ProgramEnd alone = analyze({"verify", "--man=no"});
  EXPECT_EQ(alone.output + alone.errors, "");
  for (const char* name : {"read-all.conf", "home.conf", "sudo.conf", "run-as.conf", "credentials.conf", "mail.conf", "heartbeat.conf"}) add_drop_in(name);
  const ProgramEnd with_all = analyze({"verify", "--man=no"});
  EXPECT_EQ(with_all.output + with_all.errors, "");
}

TEST_F(TheUnit, OfAUserHasNothingThatSystemdFindsFaultWith) {
  use("systemd/units/user/orchestratord.service.in");
  const ProgramEnd end = analyze({"--user", "verify", "--man=no"});
  EXPECT_EQ(end.output + end.errors, "");
  EXPECT_EQ(end.code, 0);
}

TEST_F(TheUnit, HasNoticesThatSystemdFindsNoFaultWith) {
  for (const std::string name : {"orchestratord-mail@", "orchestratord-heartbeat@"}) {
    unit_ = directory_.write(name + "some.service", read_file(source_file("systemd/units/" + name + ".service")));
    const ProgramEnd end = analyze({"verify", "--man=no"});
    EXPECT_EQ(end.output + end.errors, "");
  }
}

TEST_F(TheUnit, IsFoundFaultWithWhenSomethingIsWrong) {
  directory_.write("orchestratord.service.d/wrong.conf", "[Service]\nProtectEverything=yes\n");
  EXPECT_THAT(analyze({"verify", "--man=no"}).errors, HasSubstr("ProtectEverything"));
}

TEST(ThePolicy, HasEveryActionThatTheDaemonAsksAbout) {
  const std::string policy = read_file(source_file("systemd/units/org.orchestratord.policy"));
  for (const Permission permission : {Permission::Run, Permission::DryRun, Permission::Cancel, Permission::Reload,
                                      Permission::Reconcile, Permission::ReadDetails}) {
    EXPECT_THAT(policy, HasSubstr("<action id=\"" + std::string(action_id(permission)) + "\">"));
  }
}

}  // namespace
}  // namespace orchestrator::test
