#include "orchestrator/config/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/config_fixtures.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

TEST(Config, KeepsJobsInTheOrderOfTheFile) {
  const Config config = check_text(R"(
[jobs.z]
type = "command"
command = ["true"]
[jobs.a]
type = "copy"
source = "/srv/"
target = "nas:/srv/"
[jobs.m]
type = "command"
shell = "a | b"
[hosts.nas]
address = "nas.lan"
)");
  ASSERT_EQ(config.jobs.size(), 3U);
  EXPECT_EQ(config.jobs[0].name, "z");
  EXPECT_EQ(config.jobs[1].name, "a");
  EXPECT_EQ(config.jobs[1].type, "copy");
  EXPECT_EQ(config.jobs[2].name, "m");
  EXPECT_EQ(host_names(config), std::set<std::string>{"nas"});
  EXPECT_TRUE(config.warnings.empty());
}

TEST(Config, HasEveryTypeOfValue) {
  const Config config = check_text(R"(
[jobs.a]
type = "copy"
source = ["/a", "/b"]
target = "~/c"
delete = true
exclude = []
bandwidth_limit = "5MiB"
keep_free = "10%"
[jobs.b]
type = "command"
command = ["echo", "x y"]
environment = { A = "1", "B.C" = "${env:X}" }
ok_exit_codes = [0, 24]
stdin_file = "~/in"
)");
  const ConfigTable& copy = config.job("a").table;
  EXPECT_EQ(copy.get<StringList>("source"), (StringList{"/a", "/b"}));
  EXPECT_EQ(copy.get<std::string>("target"), "/home/alice/c");
  EXPECT_TRUE(copy.get<bool>("delete"));
  EXPECT_EQ(copy.get<StringList>("exclude"), StringList{});
  EXPECT_EQ(copy.get<ByteSize>("bandwidth_limit"), ByteSize(5 << 20));
  EXPECT_EQ(copy.get<Threshold>("keep_free"), Threshold(Percentage(10)));
  EXPECT_EQ(copy.get<Percentage>("sample"), Percentage(10));
  const ConfigTable& command = config.job("b").table;
  EXPECT_EQ(command.get<StringTable>("environment"),
            (StringTable{{"A", "1"}, {"B.C", "${env:X}"}}));
  EXPECT_EQ(command.get<IntegerList>("ok_exit_codes"), (IntegerList{0, 24}));
  EXPECT_EQ(command.get<std::string>("stdin_file"), "/home/alice/in");
  EXPECT_FALSE(command.has("shell"));
  EXPECT_EQ(command.find<std::string>("shell"), nullptr);
}

TEST(Config, TakesOneStringWhereSeveralMayStand) {
  const Config config = check_text("[jobs.a]\ntype = \"copy\"\nsource = \"/a\"\ntarget = \"/b\"\n");
  EXPECT_EQ(config.jobs[0].table.get<StringList>("source"), StringList{"/a"});
  EXPECT_EQ(config.jobs[0].table.where("source", 0), (SourcePosition{"test.toml", 3, 10}));
}

TEST(Config, KnowsWhereEachValueIsWritten) {
  const Config config = check_text(
      "[jobs.a]\ntype = \"command\"\ncommand = [\"x\",\n  \"y\"]\n"
      "environment = { A = \"1\" }\n");
  const ConfigTable& table = config.jobs[0].table;
  EXPECT_EQ(table.where(), (SourcePosition{"test.toml", 1, 1}));
  EXPECT_EQ(table.where("command"), (SourcePosition{"test.toml", 3, 11}));
  EXPECT_EQ(table.where("command", 1), (SourcePosition{"test.toml", 4, 3}));
  EXPECT_EQ(table.where("environment", 0), (SourcePosition{"test.toml", 5, 21}));
  EXPECT_EQ(table.where("ok_exit_codes"), table.where());
  EXPECT_EQ(to_string(table.error("command", "cannot work")),
            "test.toml:3:11: jobs.a.command: cannot work");
}

TEST(Config, TakesDefaultsFromTheJobThenDefaultsThenOrchestratorThenTheProgram) {
  const std::string jobs = R"(
[jobs.own]
type = "command"
command = ["true"]
concurrency = 3
timeout = "1m"
[jobs.other]
type = "command"
command = ["true"]
)";
  const Config plain = check_text(jobs);
  EXPECT_EQ(plain.job("own").common.concurrency, 3U);
  EXPECT_EQ(plain.job("other").common.concurrency, 10U);
  EXPECT_EQ(plain.job("other").common.timeout, std::nullopt);
  const Config global = check_text("[orchestrator]\nconcurrency = 20\n" + jobs);
  EXPECT_EQ(global.orchestrator.concurrency, 20U);
  EXPECT_EQ(global.job("own").common.concurrency, 3U);
  EXPECT_EQ(global.job("other").common.concurrency, 20U);
  const Config defaults = check_text(
      "[orchestrator]\nconcurrency = 20\n[defaults]\nconcurrency = 7\ntimeout = \"6h\"\n" + jobs);
  EXPECT_EQ(defaults.job("own").common.concurrency, 3U);
  EXPECT_EQ(defaults.job("own").common.timeout, 1min);
  EXPECT_EQ(defaults.job("other").common.concurrency, 7U);
  EXPECT_EQ(defaults.job("other").common.timeout, 6h);
  EXPECT_EQ(defaults.job("other").table.entry("timeout")->origin, ValueOrigin::DefaultsTable);
  EXPECT_EQ(defaults.job("other").table.where("timeout").line, 5U);
}

TEST(Config, WarnsAboutManyItemsAtOnceAndAboutNoJobs) {
  const Config config = check_text("[orchestrator]\nconcurrency = 101\n");
  ASSERT_EQ(config.warnings.size(), 2U);
  EXPECT_EQ(to_string(config.warnings[0]),
            "test.toml:2:15: orchestrator.concurrency: 101 items at once are more than most "
            "machines bear");
  EXPECT_EQ(to_string(config.warnings[1]), "test.toml: there are no jobs");
  EXPECT_EQ(check_text("[orchestrator]\nconcurrency = 100\n").warnings.size(), 1U);
}

TEST(Config, MayBeEmpty) {
  const Config config = check_text("");
  EXPECT_TRUE(config.jobs.empty());
  EXPECT_EQ(config.orchestrator.concurrency, 10U);
  EXPECT_EQ(errors_of([&] { (void)config.job("demo"); }),
            Lines{"test.toml: there is no job 'demo' in the configuration; it has no jobs at all"});
}

TEST(Config, NamesTheNearestJobAndAllThatExist) {
  const Config config = check_text(
      "[jobs.demo]\ntype = \"command\"\nshell = \"x\"\n[jobs.srv]\ntype = \"command\"\nshell = "
      "\"x\"\n");
  EXPECT_EQ(errors_of([&] { (void)config.job("dmeo"); }),
            Lines{"test.toml: there is no job 'dmeo' in the configuration, did you mean 'demo'?; "
                  "its jobs are: demo, srv"});
  EXPECT_EQ(config.find_job("dmeo"), nullptr);
  EXPECT_EQ(config.job("srv").name, "srv");
}

TEST(ConfigOfSeveralFiles, IsOne) {
  const Config config = check_config(sections_with_two_types(),
                                     {{"a.toml",
                                       "[jobs.z]\ntype = \"copy\"\nsource = \"/a\"\n"
                                       "target = \"nas:/b\"\n"},
                                      {"b.toml", "[hosts.nas]\naddress = \"nas\"\n"},
                                      {"c.toml",
                                       "[jobs.a]\ntype = \"command\"\nshell = \"x\"\n"
                                       "[defaults]\ntimeout = \"1h\"\n"}},
                                     plain_user());
  ASSERT_EQ(config.jobs.size(), 2U);
  EXPECT_EQ(config.jobs[0].name, "z");
  EXPECT_EQ(config.jobs[0].common.timeout, 1h);
  EXPECT_EQ(config.jobs[1].table.where().file, "c.toml");
}

TEST(ConfigOfSeveralFiles, NamesBothPlacesOfATableThatIsThereTwice) {
  const std::string job = "\n[jobs.a]\ntype = \"command\"\nshell = \"x\"\n";
  const std::string host = "[hosts.nas]\naddress = \"x\"\n[orchestrator]\n";
  EXPECT_EQ(
      errors_of([&] {
        (void)check_config(sections_with_two_types(),
                           {{"a.toml", job}, {"b.toml", host}, {"c.toml", host + job}},
                           plain_user());
      }),
      (Lines{"c.toml:1:8: hosts.nas: the table is also in b.toml:1:8; one file must hold it all",
             "c.toml:3:2: orchestrator: the table is also in b.toml:3:2; one file must hold "
             "it all",
             "c.toml:5:7: jobs.a: the table is also in a.toml:2:7; one file must hold it all"}));
}

TEST(ConfigOfSeveralFiles, ReportsTheErrorsOfAllInTheirOrder) {
  const auto errors = errors_of([&] {
    (void)check_config(sections_with_two_types(),
                       {{"b.toml",
                         "[jobs.a]\ntype = \"copy\"\nsource = \"/x\"\n"
                         "target = \"gone:/y\"\ndelete = 1\n"},
                        {"a.toml", "[x\n"},
                        {"c.toml", "[orchestrator]\nconcurrency = 0\n"}},
                       plain_user());
  });
  // 'gone' may be in the file that could not be read, so it is no error yet.
  EXPECT_THAT(errors,
              testing::ElementsAre(testing::StartsWith("b.toml:5:10: jobs.a.delete: "),
                                   testing::StartsWith("a.toml:1:3: this is not TOML: "),
                                   testing::StartsWith("c.toml:2:15: orchestrator.concurrency: ")));
}

class LoadConfig : public testing::Test {
 protected:
  LoadConfig() {
    options.user = plain_user();
    options.user.uid = ::geteuid();
    options.user.home = directory.path();
  }
  Config load() { return load_config(sections_with_two_types(), options); }

  TemporaryDirectory directory;
  LoadOptions options;
};

TEST_F(LoadConfig, ReadsTheFilesOfTheUser) {
  directory.write(".config/orchestratord/orchestrator.toml", "[hosts.nas]\naddress = \"x\"\n");
  directory.write(".config/orchestratord/conf.d/jobs.toml",
                  "[jobs.a]\ntype = \"copy\"\nsource = \"/a\"\ntarget = \"nas:/b\"\n");
  const Config config = load();
  EXPECT_EQ(config.files.size(), 2U);
  EXPECT_EQ(config.jobs.size(), 1U);
  EXPECT_EQ(config.hosts.size(), 1U);
}

TEST_F(LoadConfig, ReportsFilesThatCannotBeReadBesideTheOthers) {
  options.config_file = directory.write("o.toml", "concurrency = 1\n");
  std::filesystem::create_directories(directory.path() / "conf.d/folder.toml");
  directory.write("conf.d/large.toml", std::string((1 << 20) + 1, '#'));
  const auto errors = errors_of([this] { (void)load(); });
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_NE(errors[0].find("o.toml:1:1: concurrency: stands outside of any table, did you mean "
                           "'concurrency' in [orchestrator]?"),
            std::string::npos);
  EXPECT_NE(errors[1].find("folder.toml': it is a directory"), std::string::npos);
  EXPECT_NE(errors[2].find("large.toml': it is larger than 1MiB"), std::string::npos);
}

TEST_F(LoadConfig, AsRootRefusesWhatOthersCanWrite) {
  const auto file = directory.write("o.toml", "");
  const auto drop_in = directory.write("conf.d/x.toml", "");
  options.config_file = file;
  ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
  ASSERT_EQ(::chmod(drop_in.parent_path().c_str(), 0777), 0);
  EXPECT_TRUE(errors_of([this] { (void)load(); }).empty());
  options.user.system = true;
  const auto errors = errors_of([this] { (void)load(); });
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_NE(errors[0].find("chmod go-w '" + file.string() + "'"), std::string::npos);
  EXPECT_NE(errors[1].find("chmod go-w '" + drop_in.parent_path().string() + "'"),
            std::string::npos);
}

}  // namespace
}  // namespace orchestrator::test
