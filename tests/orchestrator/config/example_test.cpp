#include "orchestrator/config/example.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <sstream>

#include "tests/support/config_fixtures.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

// Without the '#' of every line that is not prose; only as far as `until`, if it is there.
std::string uncommented(const std::string& text, const std::string& until = "no such line") {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line) && line.find(until) == std::string::npos;) {
    const bool prose = line.empty() || line == "#" || line.rfind("# ", 0) == 0;
    result += (prose ? line : line.substr(1)) + "\n";
  }
  return result;
}

TEST(CommentedExample, IsAllComments) {
  std::istringstream lines(commented_example(sections_with_two_types()));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.empty() || line[0] == '#') << line;
  EXPECT_EQ(check_text(commented_example(sections_with_two_types())).jobs.size(), 0U);
}

TEST(CommentedExample, LoadsWhenItsFirstJobIsUncommented) {
  const std::string first =
      uncommented(commented_example(sections_with_two_types()), "# orchestrator:");
  const Config config = check_text(first);
  ASSERT_EQ(config.jobs.size(), 1U);
  EXPECT_EQ(config.jobs[0].name, "first");
  EXPECT_EQ(config.jobs[0].table.get<std::string>("target"), "/home/alice/to/");
}

TEST(CommentedExample, LoadsWhenAllOfItIsUncommented) {
  const std::string text = uncommented(commented_example(sections_with_two_types()));
  EXPECT_EQ(errors_in(text), std::vector<std::string>{});
  EXPECT_EQ(check_text(text).jobs.size(), 3U);
}

TEST(CommentedExample, HasEveryKeyWithItsHelpAndDefault) {
  const ConfigSections sections = sections_with_two_types();
  const std::string text = commented_example(sections);
  std::vector<const ConfigSection*> all{&sections.host, &sections.job, sections.find_type("copy"),
                                        sections.find_type("command"), &sections.tables[0]};
  for (const ConfigSection* section : all) {
    for (const ConfigKey& key : section->keys) {
      const bool is_later = key.supported && key.supported->empty();
      EXPECT_EQ(text.find("# " + key.help) != std::string::npos, !is_later) << key.name;
      EXPECT_EQ(text.find(key.name + " = ") != std::string::npos, !is_later) << key.name;
    }
  }
  EXPECT_NE(text.find("#heartbeat = { every = \"5s\", misses = 3 }"), std::string::npos);
  EXPECT_NE(text.find("# instead of the above: shell = "), std::string::npos);
  EXPECT_NE(text.find("#runtime_minimum = \"15%\""), std::string::npos);
}

TEST(WriteCommentedExample, MakesFoldersAndAFileThatOthersCannotWrite) {
  const TemporaryDirectory directory;
  const auto file = directory.path() / "a/b/orchestrator.toml";
  const mode_t before = ::umask(0);
  write_commented_example(sections_with_two_types(), file);
  ::umask(before);
  EXPECT_EQ(read_file(file), commented_example(sections_with_two_types()));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_EQ(::stat(file.parent_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0022, 0U);
}

TEST(WriteCommentedExample, NeverOverwrites) {
  const TemporaryDirectory directory;
  const auto file = directory.write("o.toml", "mine");
  EXPECT_EQ(errors_of([&] { write_commented_example(sections_with_two_types(), file); }),
            (std::vector<std::string>{
                file.string() + ": cannot write '" + file.string() +
                "': it exists and is left alone; move it away, or name another by --config"}));
  EXPECT_EQ(read_file(file), "mine");
}

TEST(WriteCommentedExample, SaysWhyItCannot) {
  const TemporaryDirectory directory;
  directory.write("file", "");
  const auto below_a_file = directory.path() / "file/o.toml";
  EXPECT_EQ(
      errors_of([&] { write_commented_example(sections_with_two_types(), below_a_file); }).size(),
      1U);
}

}  // namespace
}  // namespace orchestrator::test
