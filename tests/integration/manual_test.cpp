// Every option, key, method and error is in the manual pages.
#include <cstring>
#include <regex>
#include <set>
#include <utility>

#include "jobs/job_types.hpp"
#include "programs/inspect.hpp"
#include "tests/integration/help.hpp"
#include "tests/integration/program_test.hpp"
#include "tests/support/paths.hpp"

namespace orchestrator::test {
namespace {

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
  const std::set<std::string> commands = commands_in(help_of("orchestratorctl", {}));
  EXPECT_GE(commands.size(), 14U);
  for (const std::string& command : commands) {
    const std::string help = help_of("orchestratorctl", {command});
    if (!options_in(help).empty()) expect_options(help, "orchestratorctl.1");
    EXPECT_TRUE(std::regex_search(page, std::regex(std::string("\n\\.BI? ") + command + "( |\n)"))) << command;
  }
}

// The page as plain lines, without what is roff's.
std::string plain(std::string page) {
  for (const auto& [written, meant] : {std::pair{"\\-", "-"}, {"\\(dq", "\""}, {"\\(aq", "'"}, {"\\(ti", "~"}, {"\\&", ""},
                                       {"\\fB", ""}, {"\\fI", ""}, {"\\fP", ""}, {"\\e", "\\"}}) {
    for (std::size_t at = 0; (at = page.find(written, at)) != std::string::npos; at += std::strlen(meant)) {
      page.replace(at, std::strlen(written), meant);
    }
  }
  return page;
}

// From the line of the table to that of the next.
std::string part(const std::string& page, const std::string& table) {
  const std::size_t begin = page.find("\n.SS " + table + "\n");
  EXPECT_NE(begin, std::string::npos) << table;
  if (begin == std::string::npos) return "";
  return page.substr(begin, std::min(page.find("\n.SS ", begin + 1), page.find("\n.SH ", begin + 1)) - begin);
}

void expect_keys(const std::string& text, const std::vector<ConfigKey>& keys) {
  for (const ConfigKey& key : keys) {
    const std::size_t at = text.find("\n.TP\n" + key.name + " = ");
    ASSERT_NE(at, std::string::npos) << key.name;
    const std::string entry = text.substr(at, text.find("\n.TP\n", at + 1) - at);
    EXPECT_EQ(entry.find("Required.") != std::string::npos, key.is_required) << entry;
    const bool refused = key.supported && key.supported->empty();
    EXPECT_EQ(entry.find("Not supported by this version.") != std::string::npos, refused) << entry;
    if (refused) continue;
    if (key.default_value) {
      EXPECT_NE(entry.find("Default: " + to_toml(*key.default_value) + "."), std::string::npos) << entry;
    }
    expect_keys(text, key.keys);
  }
}

TEST(ManualPageOfTheConfiguration, HasEveryKeyWithItsDefault) {
  const std::string page = plain(read_file(program("orchestrator.toml.5")));
  const ConfigSections sections = all_sections(job_types());
  ASSERT_EQ(sections.types.size(), 2U);
  for (const ConfigSection& table : sections.tables) expect_keys(part(page, "[" + table.name + "]"), table.keys);
  expect_keys(part(page, "[hosts.NAME]"), sections.host.keys);
  expect_keys(part(page, "[jobs.NAME]"), sections.job.keys);
  for (const ConfigSection& type : sections.types) {
    expect_keys(part(page, "[jobs.NAME] with type = \"" + type.name + "\""), type.keys);
  }
}

std::string attribute(const std::string& tag, const std::string& name) {
  std::smatch found;
  return std::regex_search(tag, found, std::regex(" " + name + "=\"([^\"]*)\"")) ? found[1].str() : "";
}

// As the page writes a method or a signal: "Name(in s id, out h log)".
std::string signature(const std::string& name, const std::string& body) {
  static const std::regex kArgument("<arg [^>]*>");
  std::string arguments;
  for (std::sregex_iterator each(body.begin(), body.end(), kArgument), end; each != end; ++each) {
    const std::string way = attribute(each->str(), "direction");
    arguments += (arguments.empty() ? "" : ", ") + (way.empty() ? "" : way + " ") + attribute(each->str(), "type") + " " +
                 attribute(each->str(), "name");
  }
  return name + "(" + arguments + ")";
}

TEST(ManualPageOfTheBus, HasEveryMethodSignalAndPropertyAsTheApiHasThem) {
  const std::string page = plain(read_file(source_file("docs/man/org.orchestratord.Orchestrator1.5")));
  const std::string api = read_file(source_file("systemd/org.orchestratord.Orchestrator1.xml"));
  static const std::regex kMember("<(method|signal|property|interface) [^>]*>");
  std::size_t members = 0;
  for (std::sregex_iterator each(api.begin(), api.end(), kMember), end; each != end; ++each, ++members) {
    const std::string tag = each->str();
    const std::string name = attribute(tag, "name");
    const std::size_t begin = static_cast<std::size_t>(each->position());
    std::string shown = ".B \"" + attribute(tag, "type") + " " + name + "\"\n";
    if ((*each)[1] == "interface") shown = ".SH INTERFACE " + name + "\n";
    if ((*each)[1] == "method" || (*each)[1] == "signal") {
      const bool empty = tag.ends_with("/>");
      const std::size_t end_of_it = api.find("</" + (*each)[1].str() + ">", begin);
      shown = ".B \"" + signature(name, empty ? "" : api.substr(begin, end_of_it - begin)) + "\"\n";
    }
    EXPECT_NE(page.find(shown), std::string::npos) << shown;
  }
  EXPECT_GT(members, 25U);
}

TEST(ManualPageOfTheBus, HasEveryErrorThatIsAnswered) {
  const std::string page = read_file(source_file("docs/man/org.orchestratord.Orchestrator1.5"));
  const std::string source = read_file(source_file("systemd/bus_answers.cpp"));
  static const std::regex kName("error_name\\(\"(\\w+)\"\\)");
  std::set<std::string> names;
  for (std::sregex_iterator each(source.begin(), source.end(), kName), end; each != end; ++each) names.insert((*each)[1]);
  EXPECT_GE(names.size(), 9U);
  for (const std::string& name : names) EXPECT_NE(page.find("\n.B " + name + "\n"), std::string::npos) << name;
}

TEST(ManualPages, AreUnderstoodByGroff) {
  for (const std::filesystem::path& page :
       {source_file("docs/man/orchestratord.1"), source_file("docs/man/orchestratorctl.1"),
        source_file("docs/man/org.orchestratord.Orchestrator1.5"), program("orchestrator.toml.5")}) {
    ProgramOptions options;
    options.words = {"/usr/bin/groff", "-ww", "-man", "-Tutf8", page};
    options.environment = {{"PATH", "/usr/bin:/bin"}};
    const ProgramEnd end = ProgramRun(options).wait();
    EXPECT_EQ(end.code, 0);
    EXPECT_EQ(end.errors, "") << page;
  }
}

}  // namespace
}  // namespace orchestrator::test
