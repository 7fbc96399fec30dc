// `orchestratord --check --connect`: what can be relied on at each host.
#include "tests/integration/program_test.hpp"

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

TEST_F(ConnectCheck, IsAPartOfCheck) {
  const ProgramEnd end = run({"--list", "--connect"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, HasSubstr("'--connect' needs '--check'"));
}

}  // namespace
}  // namespace orchestrator::test
