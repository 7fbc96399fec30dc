#include "orchestrator/config/trusted_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/config_fixtures.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;

class ConfigFileTest : public testing::Test {
 protected:
  std::vector<std::string> refusals(const fs::path& path, uid_t uid = ::geteuid()) {
    return errors_of([&] { (void)read_config_file(path, Writers::OwnerOrRoot, uid); });
  }
  std::vector<std::string> errors(const fs::path& path) {
    return errors_of([&] { (void)read_config_file(path, Writers::Anybody, ::geteuid()); });
  }

  TemporaryDirectory directory;
  fs::path file = directory.write("o.toml", "x = 1\n");
  std::string name = file.string();
};

TEST_F(ConfigFileTest, IsReadWholly) {
  EXPECT_EQ(read_config_file(file, Writers::OwnerOrRoot, ::geteuid()), "x = 1\n");
  EXPECT_EQ(read_config_file(directory.write("e", ""), Writers::Anybody, 0), "");
}

TEST_F(ConfigFileTest, ThatOthersCanWriteIsRefusedWithTheRemedy) {
  ASSERT_EQ(::chmod(name.c_str(), 0664), 0);
  EXPECT_EQ(refusals(file),
            (std::vector<std::string>{name + ": '" + name +
                                      "' can be written by others (mode 0664), who could change "
                                      "the commands that we run; run: chmod go-w '" +
                                      name + "'"}));
  EXPECT_TRUE(errors(file).empty());
}

TEST_F(ConfigFileTest, InAFolderThatOthersCanWriteIsRefused) {
  const std::string folder = directory.path().string();
  ASSERT_EQ(::chmod(folder.c_str(), 0777), 0);
  ASSERT_EQ(refusals(file).size(), 1U);
  EXPECT_NE(refusals(file)[0].find("run: chmod go-w '" + folder + "'"), std::string::npos);
  // A sticky folder keeps others from replacing the file, but not from adding conf.d.
  ASSERT_EQ(::chmod(folder.c_str(), 01777), 0);
  EXPECT_EQ(refusals(file).size(), 1U);
}

TEST_F(ConfigFileTest, BelowAFolderThatOthersCanWriteIsRefused) {
  const fs::path deep = directory.write("a/b/o.toml", "");
  ASSERT_EQ(::chmod((directory.path() / "a").c_str(), 0770), 0);
  ASSERT_EQ(refusals(deep).size(), 1U);
  EXPECT_NE(refusals(deep)[0].find("run: chmod go-w '" + (directory.path() / "a").string() + "'"),
            std::string::npos);
}

TEST_F(ConfigFileTest, BehindASymbolicLinkIsJudgedByBothFolders) {
  directory.write("open/x", "");
  const fs::path open = directory.path() / "open";
  ASSERT_EQ(::chmod(open.c_str(), 0777), 0);
  fs::create_symlink(file, open / "link.toml");
  EXPECT_EQ(refusals(open / "link.toml").size(), 1U);
  fs::rename(file, open / "o.toml");
  fs::create_symlink(open / "o.toml", file);
  EXPECT_EQ(refusals(file).size(), 1U);
}

TEST_F(ConfigFileTest, OfAnotherUserIsRefusedWithTheRemedy) {
  // As root the file goes to somebody else; without root the reader is somebody else.
  uid_t reader = ::geteuid() + 1;
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(name.c_str(), 1, static_cast<gid_t>(-1)), 0);
    reader = 0;
  }
  const auto refused = refusals(file, reader);
  ASSERT_FALSE(refused.empty());
  EXPECT_NE(refused[0].find("' belongs to '"), std::string::npos);
  EXPECT_NE(refused[0].find("run: chown "), std::string::npos);
  EXPECT_NE(refused[0].find(" '" + name + "'"), std::string::npos);
}

TEST_F(ConfigFileTest, NamesWithQuotesAreQuotedInTheRemedy) {
  const fs::path odd = directory.write("it's.toml", "");
  ASSERT_EQ(::chmod(odd.c_str(), 0666), 0);
  ASSERT_EQ(refusals(odd).size(), 1U);
  EXPECT_NE(refusals(odd)[0].find("/it'\\''s.toml'"), std::string::npos);
}

TEST_F(ConfigFileTest, ThatIsNoModestRegularFileIsAnError) {
  const std::string folder = directory.path().string();
  EXPECT_EQ(errors(folder), (std::vector<std::string>{folder + ": cannot read '" + folder +
                                                      "': it is a directory"}));
  EXPECT_EQ(errors(folder + "/none"),
            (std::vector<std::string>{folder + "/none: cannot read '" + folder +
                                      "/none': No such file or directory"}));
  const std::string large = directory.write("l", std::string(kLargestConfigFile + 1, '#')).string();
  EXPECT_EQ(errors(large), (std::vector<std::string>{large + ": cannot read '" + large +
                                                     "': it is larger than 1MiB"}));
  ASSERT_EQ(::mkfifo((folder + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(errors(folder + "/pipe").size(), 1U);
}

// In a child, because root reads everything.
int exit_code_without_privileges(const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(3);
    ::_exit(holds() ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

TEST_F(ConfigFileTest, ThatCannotBeReadIsAnError) {
  ASSERT_EQ(::chmod(directory.path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(name.c_str(), 0), 0);
  EXPECT_EQ(exit_code_without_privileges([this] {
              return errors(file) == std::vector<std::string>{name + ": cannot read '" + name +
                                                              "': Permission denied"};
            }),
            0);
}

}  // namespace
}  // namespace orchestrator::test
