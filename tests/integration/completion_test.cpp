// What bash, zsh and fish complete, asked of the shells themselves.
#include <fstream>
#include <set>
#include <sstream>

#include <sys/stat.h>

#include "tests/integration/daemon_test.hpp"
#include "tests/integration/help.hpp"
#include "tests/support/paths.hpp"

namespace orchestrator::test {
namespace {

using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;

using Words = std::set<std::string>;

class Completion : public DaemonTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    const std::string path = environment_["PATH"];
    environment_["PATH"] = program("").string() + ":" + path;
    environment_["TERM"] = "dumb";
  }

  // What the last word is completed to.
  [[nodiscard]] Words complete(const std::vector<std::string>& words) const {
    const std::string shell = GetParam();
    ProgramOptions asked = options({});
    asked.words = {"/usr/bin/" + shell};
    if (shell == "zsh") asked.words.emplace_back("-f");
    asked.words.push_back(source_file("tests/integration/completions/complete." + shell));
    asked.words.push_back(source_file("docs/completions"));
    asked.words.insert(asked.words.end(), words.begin(), words.end());
    const ProgramEnd end = run(asked);
    EXPECT_THAT(end.errors, IsEmpty());
    std::istringstream lines(end.output);
    Words found;
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) found.insert(line);
    }
    return found;
  }
  [[nodiscard]] Words complete_options(std::vector<std::string> words) const {
    words.emplace_back("--");
    return complete(words);
  }
  [[nodiscard]] std::string help(const std::string& name, std::vector<std::string> words) const {
    words.emplace_back("--help");
    ProgramOptions asked = options(std::move(words));
    asked.words.front() = program(name);
    return run(asked).output;
  }
};

TEST_P(Completion, HasEveryOptionOfTheDaemonAndNoOther) {
  EXPECT_EQ(complete_options({"orchestratord"}), options_in(help("orchestratord", {})));
}

TEST_P(Completion, HasEveryCommandAndOptionOfOrchestratorctlAndNoOther) {
  const std::string general = help("orchestratorctl", {});
  const Words everywhere = options_in(general);
  const Words commands = commands_in(general);
  EXPECT_THAT(commands, IsSupersetOf({"run", "cancel", "version"}));
  Words offered = complete({"orchestratorctl", ""});
  for (const std::string& option : everywhere) offered.erase(option);  // bash offers them as well
  EXPECT_EQ(offered, commands);
  EXPECT_EQ(complete_options({"orchestratorctl"}), everywhere);
  for (const std::string& command : commands) {
    Words expected = options_in(help("orchestratorctl", {command}));
    expected.insert(everywhere.begin(), everywhere.end());
    EXPECT_EQ(complete_options({"orchestratorctl", command}), expected) << command;
  }
}

TEST_P(Completion, KnowsTheJobsAndHostsOfTheConfiguration) {
  configure("[hosts.nas]\naddress = \"nas.lan\"\n[jobs.quick]\ntype = \"command\"\ncommand = [\"true\"]\n");
  EXPECT_THAT(complete({"orchestratord", "--once", ""}), UnorderedElementsAre("quick"));
  EXPECT_THAT(complete({"orchestratord", "--trust", "n"}), UnorderedElementsAre("nas"));
  EXPECT_THAT(complete({"orchestratord", "--reconcile", ""}), UnorderedElementsAre("nas"));
  configure_jobs();
  EXPECT_THAT(complete({"orchestratord", "--dry-run", "--once", ""}), UnorderedElementsAre("broken", "quick", "slow"));
}

TEST_P(Completion, AsksTheConfigurationThatIsNamed) {
  configure_jobs();
  const std::string other = folder() / "other.toml";
  std::ofstream(other) << "[jobs.another]\ntype = \"command\"\ncommand = [\"true\"]\n";
  ::chmod(other.c_str(), 0600);
  EXPECT_THAT(complete({"orchestratord", "--config", other, "--once", ""}), UnorderedElementsAre("another"));
}

TEST_P(Completion, KnowsTheJobsOfTheDaemon) {
  configure_jobs();
  start_daemon();
  for (const char* command : {"run", "cancel", "wait", "status", "runs", "show", "logs", "last"}) {
    EXPECT_THAT(complete({"orchestratorctl", "--user", command, ""}), UnorderedElementsAre("broken", "quick", "slow")) << command;
  }
  EXPECT_THAT(complete({"orchestratorctl", "run", "--user", "--dry-run", "q"}), UnorderedElementsAre("quick"));
}

TEST_P(Completion, KnowsNoJobsWhereThereIsNoConfiguration) {
  EXPECT_THAT(complete({"orchestratord", "--once", ""}), IsEmpty());
  EXPECT_THAT(complete({"orchestratord", "--config", (folder() / "source").parent_path().string() + "/"}), Not(testing::Contains("--list")));
}

INSTANTIATE_TEST_SUITE_P(Shells, Completion, testing::Values("bash", "zsh", "fish"),
                         [](const testing::TestParamInfo<const char*>& shell) { return std::string(shell.param); });

}  // namespace
}  // namespace orchestrator::test
