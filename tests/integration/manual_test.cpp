// Every option of the programs is in their manual pages.
#include <regex>
#include <set>

#include "tests/integration/program_test.hpp"
#include "tests/support/paths.hpp"

namespace orchestrator::test {
namespace {

// Those that a line begins with: what the text mentions is not counted.
std::set<std::string> options_in(const std::string& help) {
  static const std::regex kOptionLine("\n  (-[a-z],)?(--[a-z][a-z-]*)");
  std::set<std::string> found;
  for (std::sregex_iterator match(help.begin(), help.end(), kOptionLine), end; match != end; ++match) found.insert((*match)[2]);
  return found;
}

// As roff writes it.
std::string escaped(std::string option) {
  for (std::size_t at = 0; (at = option.find('-', at)) != std::string::npos; at += 2) option.insert(at, "\\");
  return option;
}

class ManualPage : public ProgramTest {
 protected:
  [[nodiscard]] std::string help_of(const std::string& name, std::vector<std::string> words) const {
    words.emplace_back("--help");
    ProgramOptions wanted = options(std::move(words));
    wanted.words.front() = program(name);
    const ProgramEnd end = run(wanted);
    EXPECT_EQ(end.code, 0) << end.errors;
    return end.output;
  }
  static void expect_options(const std::string& help, const std::string& page) {
    const std::string text = read_file(source_file("docs/man/" + page));
    EXPECT_FALSE(options_in(help).empty());
    for (const std::string& option : options_in(help)) {
      EXPECT_NE(text.find(escaped(option)), std::string::npos) << "'" << option << "' is not in " << page;
    }
  }
};

TEST_F(ManualPage, OfTheDaemonHasEveryOption) { expect_options(help_of("orchestratord", {}), "orchestratord.1"); }

TEST_F(ManualPage, OfOrchestratorctlHasEveryCommandAndOption) {
  const std::string page = read_file(source_file("docs/man/orchestratorctl.1"));
  const std::string completion = read_file(source_file("docs/completions/orchestratorctl"));
  for (const char* command : {"run", "cancel", "wait", "status", "list", "runs", "show", "logs", "last", "tasks", "reconcile",
                              "check", "reload", "version"}) {
    const std::string help = help_of("orchestratorctl", {command});
    if (!options_in(help).empty()) expect_options(help, "orchestratorctl.1");
    for (const std::string& option : options_in(help)) {
      EXPECT_NE(completion.find(option), std::string::npos) << option << " is not completed";
    }
    EXPECT_TRUE(std::regex_search(page, std::regex(std::string("\n\\.BI? ") + command + "( |\n)"))) << command;
    EXPECT_NE(help_of("orchestratorctl", {}).find(std::string("\n  ") + command + " "), std::string::npos);
  }
}

}  // namespace
}  // namespace orchestrator::test
