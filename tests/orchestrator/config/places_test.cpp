#include "orchestrator/config/places.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/config_fixtures.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;

TEST(Places, OfTheConfigurationFollowOptionVariableAndUser) {
  EXPECT_EQ(default_config_file(plain_user()),
            "/home/alice/.config/orchestratord/orchestrator.toml");
  EXPECT_EQ(default_config_file(plain_user({{"XDG_CONFIG_HOME", "/x"}})),
            "/x/orchestratord/orchestrator.toml");
  EXPECT_EQ(default_config_file(
                plain_user({{"ORCHESTRATOR_CONFIG", "/o.toml"}, {"XDG_CONFIG_HOME", "/x"}})),
            "/o.toml");
  UserContext root = plain_user({{"XDG_CONFIG_HOME", "/x"}});
  root.system = true;
  EXPECT_EQ(default_config_file(root), "/etc/orchestratord/orchestrator.toml");
}

TEST(Places, IgnoreEmptyAndRelativeVariables) {
  EXPECT_EQ(default_config_file(plain_user({{"ORCHESTRATOR_CONFIG", ""}, {"XDG_CONFIG_HOME", ""}})),
            "/home/alice/.config/orchestratord/orchestrator.toml");
  EXPECT_EQ(default_config_file(plain_user({{"XDG_CONFIG_HOME", "relative"}})),
            "/home/alice/.config/orchestratord/orchestrator.toml");
}

TEST(Places, OfTheStateFollowVariableAndUser) {
  EXPECT_EQ(state_directory(plain_user()), "/home/alice/.local/state/orchestratord");
  EXPECT_EQ(state_directory(plain_user({{"XDG_STATE_HOME", "/s"}})), "/s/orchestratord");
  UserContext root = plain_user({{"XDG_STATE_HOME", "/s"}});
  root.system = true;
  EXPECT_EQ(state_directory(root), "/var/lib/orchestratord");
  EXPECT_EQ(state_directory(plain_user({{"ORCHESTRATOR_STATE", "/o"}, {"XDG_STATE_HOME", "/s"}})),
            "/o");
}

TEST(Places, OfKnownHostsFollowTheUser) {
  UserContext user = plain_user();
  EXPECT_EQ(default_known_hosts(user), "/home/alice/.ssh/known_hosts");
  user.system = true;
  EXPECT_EQ(default_known_hosts(user), "/etc/orchestratord/known_hosts");
}

TEST(Places, ExpandOnlyALeadingTilde) {
  const UserContext user = plain_user();
  EXPECT_EQ(expand_home("~", user), "/home/alice");
  EXPECT_EQ(expand_home("~/a/", user), "/home/alice/a/");
  EXPECT_EQ(expand_home("~bob/a", user), "~bob/a");
  EXPECT_EQ(expand_home("/a/~/b", user), "/a/~/b");
}

TEST(Places, KnowTheUserOfThisProcess) {
  const UserContext user = current_user();
  EXPECT_EQ(user.uid, ::geteuid());
  EXPECT_EQ(user.system, ::geteuid() == 0);
  EXPECT_TRUE(user.home.is_absolute());
  EXPECT_EQ(user.environment("ORCHESTRATOR_NO_SUCH_VARIABLE"), std::nullopt);
}

TEST(ConfigFiles, AreTheMainFileAndThoseBesideItInByteOrder) {
  const TemporaryDirectory directory;
  const fs::path main_file = directory.write("orchestrator.toml", "");
  for (const char* name : {"b.toml", "a.toml", "B.toml", "10.toml", "9.toml", ".hidden.toml",
                           "a.toml~", "c.conf", "\xc3\xa4.toml"})
    directory.write(fs::path("conf.d") / name, "");
  std::vector<std::string> names;
  for (const fs::path& file : find_config_files(main_file, plain_user()))
    names.push_back(file.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"orchestrator.toml", "10.toml", "9.toml", "B.toml",
                                             "a.toml", "b.toml", "\xc3\xa4.toml"}));
}

TEST(ConfigFiles, ThatAreMissingSayWhereWasLookedAndWhatWritesOne) {
  const TemporaryDirectory directory;
  const std::string root = directory.path().string();
  EXPECT_EQ(errors_of([&] { (void)find_config_files(root + "/x.toml", plain_user()); }),
            (std::vector<std::string>{"there is no configuration '" + root +
                                      "/x.toml' (named by --config); 'orchestratord --init' writes "
                                      "a commented one"}));
  const UserContext by_variable = plain_user({{"ORCHESTRATOR_CONFIG", root + "/y.toml"}});
  EXPECT_EQ(errors_of([&] { (void)find_config_files({}, by_variable); }),
            (std::vector<std::string>{"there is no configuration '" + root +
                                      "/y.toml' (named by the environment variable "
                                      "ORCHESTRATOR_CONFIG); 'orchestratord --init' writes a "
                                      "commented one"}));
  const UserContext by_default = plain_user({{"XDG_CONFIG_HOME", root}});
  EXPECT_EQ(errors_of([&] { (void)find_config_files({}, by_default); }),
            (std::vector<std::string>{"there is no configuration '" + root +
                                      "/orchestratord/orchestrator.toml' (no --config was given, "
                                      "and ORCHESTRATOR_CONFIG is not set); 'orchestratord --init' "
                                      "writes a commented one"}));
}

}  // namespace
}  // namespace orchestrator::test
