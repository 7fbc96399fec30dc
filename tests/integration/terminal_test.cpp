// `orchestratord --once` on a terminal.
#include <csignal>
#include <fstream>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class OnTerminal : public ProgramTest {
 protected:
  [[nodiscard]] ProgramOptions on_terminal(std::vector<std::string> arguments) const {
    ProgramOptions on = options(std::move(arguments));
    on.output = ProgramOutput::Terminal;
    on.environment["TERM"] = "xterm";
    return on;
  }
  void configure_local(const std::string& lines = "") {
    configure(rsync_job(arrived().string() + "/", lines));
  }
  [[nodiscard]] fs::path arrived() const { return folder() / "arrived"; }
};

TEST_F(OnTerminal, DrawsABarAndRemovesIt) {
  make_source(100, 10'000);
  configure_local("bandwidth_limit = \"1MB\"");
  const ProgramEnd end = run(on_terminal({"--once", "srv"}));
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.output, AllOf(HasSubstr("syncing"), HasSubstr(" %"), HasSubstr("\x1b[K")));
  const std::size_t erased = end.output.rfind("\x1b[J");
  ASSERT_NE(erased, std::string::npos);
  EXPECT_THAT(end.output.substr(erased), HasSubstr("srv: succeeded after")) << "the summary comes after the bar";
  EXPECT_THAT(end.output, Not(HasSubstr("\x1b[?25l"))) << "the cursor is never hidden";
}

TEST_F(OnTerminal, HasNoColourWhenAskedNotTo) {
  make_source(3, 100);
  configure_local();
  ProgramOptions plain = on_terminal({"--once", "srv"});
  plain.environment["NO_COLOR"] = "1";
  const ProgramEnd end = run(plain);
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.output, Not(ContainsRegex("\x1b\\[[0-9]+m")));
}

TEST_F(OnTerminal, WritesLinesOnADumbOne) {
  make_source(3, 100);
  configure_local();
  ProgramOptions dumb = on_terminal({"--once", "srv"});
  dumb.environment["TERM"] = "dumb";
  const ProgramEnd end = run(dumb);
  EXPECT_THAT(end.output, AllOf(HasSubstr("srv: syncing\r\n"), Not(HasSubstr("\x1b"))));
}

TEST_F(OnTerminal, StopsAtCtrlC) {
  make_source(500, 20'000);
  configure_local("bandwidth_limit = \"100kB\"");
  ProgramRun running(on_terminal({"--once", "srv"}));
  ASSERT_TRUE(running.wait_for("syncing"));
  running.type("\x03");
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 130);
  EXPECT_THAT(end.output, AllOf(HasSubstr("^C: stopping 'srv'"), HasSubstr("nothing left here")));
  EXPECT_THAT(processes_that_mention(arrived()), IsEmpty());
}

TEST_F(OnTerminal, CtrlSHoldsNeitherTheRunNorTheCancel) {
  make_source(500, 20'000);
  configure_local("bandwidth_limit = \"100kB\"");
  ProgramRun running(on_terminal({"--once", "srv"}));
  ASSERT_TRUE(running.wait_for("syncing"));
  running.type("\x13");
  running.signal(SIGINT);
  const ProgramEnd end = running.wait();
  EXPECT_EQ(end.code, 130);
  EXPECT_THAT(processes_that_mention(arrived()), IsEmpty());
}

TEST_F(OnTerminal, DoesNotShowControlCharactersOfAFileName) {
  fs::create_directories(source());
  std::ofstream(source() / "evil\x1b]0;owned\x07name") << std::string(400'000, 'x');
  configure_local("bandwidth_limit = \"400kB\"");
  const ProgramEnd end = run(on_terminal({"--once", "srv"}));
  EXPECT_EQ(end.code, 0);
  EXPECT_THAT(end.output, Not(HasSubstr("\x1b]0;")));
}

}  // namespace
}  // namespace orchestrator::test
