// `orchestratord --check --connect`: what can be relied on at each host.
#include <sstream>

#include <unistd.h>

#include "tests/integration/program_test.hpp"
#include "tests/support/capability.hpp"

namespace orchestrator::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ConnectCheck : public ProgramTest {
 protected:
  Sshd sshd_;
};

TEST_F(ConnectCheck, ShowsTheGuaranteeAndItsReason) {
  configure(host_table(sshd_.host()));
  const ProgramEnd end = run({"--check", "--connect"});
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.output, AllOf(HasSubstr("nas: reachable as '" + sshd_.host().user + "'"),
                                HasSubstr("guarantee: cookie; processes are found by their environment")));
}

TEST_F(ConnectCheck, FailsForAHostThatCannotBeReached) {
  configure(host_table(sshd_.host()));
  sshd_.kill();
  const ProgramEnd end = run({"--check", "--connect"});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.output, HasSubstr("nas: cannot reach 'nas'"));
}

TEST_F(ConnectCheck, ShowsTheRulesThatSudoNeeds) {
  REQUIRE_CAPABILITY("root", ::getuid() == 0);
  REQUIRE_CAPABILITY("sudo", std::filesystem::exists("/usr/bin/sudo"));
  SshdOptions options;
  options.plain_user = true;
  options.sudoers = "Defaults env_reset, !syslog, !mail_no_user\n";
  const Sshd refusing(options);
  configure(host_table(refusing.host(), "sudo = true\n"));
  const ProgramEnd missing = run({"--check", "--connect"});
  EXPECT_EQ(missing.code, 0) << missing.errors;
  EXPECT_THAT(missing.output,
              AllOf(HasSubstr("guarantee: group; of what sudo starts"), HasSubstr("sudo: 'sudo -n kill' is refused or asks for a password"),
                    HasSubstr("\n    Defaults:plain env_keep += \"ORCHESTRATOR_RUN ORCHESTRATOR_COMMAND ORCHESTRATOR_CONNECTION\"\n"),
                    HasSubstr("\n    plain ALL=(root) NOPASSWD: /usr/bin/kill ^-[A-Z0-9]+ --( -?([2-9]|[1-9][0-9]+))+$\n")));
  // What it prints is what helps.
  std::istringstream lines(missing.output);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("    ")) options.sudoers += line.substr(4) + "\n";
  }
  const Sshd allowing(options);
  configure(host_table(allowing.host(), "sudo = true\n"));
  const ProgramEnd works = run({"--check", "--connect"});
  EXPECT_EQ(works.code, 0) << works.errors;
  EXPECT_THAT(works.output, AllOf(HasSubstr("guarantee: cookie"), HasSubstr("sudo: works")));
}

TEST_F(ConnectCheck, IsAPartOfCheck) {
  const ProgramEnd end = run({"--list", "--connect"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, HasSubstr("'--connect' needs '--check'"));
}

}  // namespace
}  // namespace orchestrator::test
