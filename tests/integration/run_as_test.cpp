// run_as: jobs whose commands on this machine run as another user. It takes root.
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/process/account.hpp"
#include "tests/integration/program_test.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/paths.hpp"
#include "tests/support/sshd.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class RunAs : public ProgramTest {
 protected:
  RunAs() {
    // The helpers where others may execute them, wherever this was built.
    ::chmod(folder().c_str(), 0711);
    fs::create_directory(libexec());
    for (const char* helper : {"keeper", "rsync_shell", "disk_probe"}) fs::copy_file(program(helper), libexec() / helper);
    environment_["ORCHESTRATOR_LIBEXEC"] = libexec();
    environment_["ASAN_OPTIONS"] = "detect_leaks=0";
  }
  [[nodiscard]] fs::path libexec() const { return folder() / "libexec"; }

  /// A directory in which everybody may write.
  [[nodiscard]] fs::path open_place() const {
    const fs::path place = folder() / "place";
    fs::create_directory(place);
    ::chmod(place.c_str(), 0777);
    return place;
  }

  static uid_t owner_of(const fs::path& file) {
    struct stat about {};
    return ::lstat(file.c_str(), &about) == 0 ? about.st_uid : 0;
  }
};

TEST_F(RunAs, RunsTheCommandsOfAJobAsItsUser) {
  REQUIRE_CAPABILITY("root", ::geteuid() == 0);
  const fs::path place = open_place();
  configure("[jobs.a]\ntype = \"command\"\nrun_as = \"nobody\"\nshell = \"echo $(id -un) $HOME $USER >" +
            (place / "file").string() + "\"\n");
  const ProgramEnd end = run({"--once", "a"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_EQ(read_file(place / "file"), "nobody " + find_account("nobody").home + " nobody\n");
  EXPECT_EQ(owner_of(place / "file"), find_account("nobody").uid);
}

TEST_F(RunAs, BringsATreeToAnotherMachineWithTheUsersEyesAndTheDaemonsKey) {
  REQUIRE_CAPABILITY("root", ::geteuid() == 0);
  const Sshd sshd;
  make_source(20, 1000);
  for (const auto& entry : fs::recursive_directory_iterator(source())) {
    if (entry.is_regular_file()) ::chmod(entry.path().c_str(), 0644);
  }
  const fs::path arrived = folder() / "arrived";
  configure(host_table(sshd.host()) + rsync_job("nas:" + arrived.string() + "/", "run_as = \"nobody\""));
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_EQ(end.code, 0) << end.output << end.errors;
  EXPECT_EQ(contents(arrived), contents(source()));
  std::ofstream(source() / "folder0/new") << "not for him";
  ASSERT_EQ(::chmod((source() / "folder0/new").c_str(), 0600), 0);
  EXPECT_THAT(run({"--once", "srv"}).errors, HasSubstr("Permission denied"));
}

TEST_F(RunAs, IsRefusedAtTheCheckWhenThereIsNoSuchUser) {
  configure("[jobs.a]\ntype = \"command\"\ncommand = [\"true\"]\nrun_as = \"no-such-user\"\n");
  const ProgramEnd end = run({"--check"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, HasSubstr("orchestrator.toml:4:10: jobs.a.run_as: cannot run commands as user 'no-such-user': there is no "
                                    "such user on this machine; create it, or correct 'run_as'"));
}

TEST_F(RunAs, IsRefusedAtTheCheckAndInARunOfWhoMayNotBecomeAnother) {
  configure("[jobs.a]\ntype = \"command\"\ncommand = [\"true\"]\nrun_as = \"" + std::string(::geteuid() == 0 ? "nobody" : "root") +
            "\"\n");
  const auto refused = [this](std::vector<std::string> arguments) {
    ProgramOptions program = options(std::move(arguments));
    // Root without the capabilities is as the service without the drop-in.
    const std::vector<std::string> without{"/usr/bin/setpriv", "--bounding-set=-setuid,-kill", "--inh-caps=-all"};
    if (::geteuid() == 0) program.words.insert(program.words.begin(), without.begin(), without.end());
    ProgramEnd end = run(program);
    EXPECT_THAT(end.errors, AllOf(HasSubstr("cannot run commands as user"), HasSubstr("it lacks CAP_SETUID, "),
                                  HasSubstr("for the service, install the drop-in run-as.conf")));
    return end;
  };
  const ProgramEnd check = refused({"--check"});
  EXPECT_EQ(check.code, 2);
  EXPECT_THAT(check.errors, HasSubstr("jobs.a.run_as: "));
  EXPECT_NE(refused({"--once", "a"}).code, 0);
  EXPECT_EQ(run({"--list"}).code, 0) << "who only looks need not become anybody";
}

}  // namespace
}  // namespace orchestrator::test
