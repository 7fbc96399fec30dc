// Every row of what a person can get wrong: its exit code, one clear message with the remedy, nothing left behind.
#include <fstream>

#include "tests/integration/program_test.hpp"

namespace orchestrator::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class BadInput : public ProgramTest {
 protected:
  // A folder for PATH with the usual programs, but no rsync.
  [[nodiscard]] fs::path programs_without_rsync() const {
    const fs::path bin = folder() / "bin";
    fs::create_directories(bin);
    for (const char* place : {"/bin", "/usr/bin"}) {
      for (const auto& entry : fs::directory_iterator(place)) {
        const fs::path name = entry.path().filename();
        std::error_code already;
        if (name != "rsync") fs::create_symlink(entry.path(), bin / name, already);
      }
    }
    return bin;
  }

  // Runs 'srv' and expects it to end so.
  ProgramEnd expect_end(int code) {
    ProgramEnd end = run({"--once", "srv"});
    EXPECT_EQ(end.code, code) << end.output << end.errors;
    return end;
  }
};

TEST_F(BadInput, WrongTomlNamesEveryMistakeWithItsPlace) {
  configure("[jobs.srv]\ntype = \"rsync\"\nsorce = \"/a\"\ntarget = 3\ntimeout = \"5 parsecs\"\n");
  const ProgramEnd end = expect_end(2);
  EXPECT_EQ(end.output, "");
  EXPECT_THAT(end.errors, HasSubstr("orchestrator.toml:3:1: jobs.srv.sorce: unknown key, did you mean 'source'?"));
  EXPECT_THAT(end.errors, HasSubstr("orchestrator.toml:4:"));
  EXPECT_THAT(end.errors, HasSubstr("orchestrator.toml:5:"));
}

TEST_F(BadInput, TomlThatCannotBeReadSaysWhere) {
  configure("[jobs.srv\ntype = \"rsync\"\n");
  EXPECT_THAT(expect_end(2).errors, HasSubstr("orchestrator.toml:1:"));
}

TEST_F(BadInput, NoConfigurationSaysWhatWritesOne) {
  EXPECT_THAT(expect_end(2).errors, AllOf(HasSubstr("orchestrator.toml"), HasSubstr("--init")));
}

TEST_F(BadInput, UnknownJobNamesTheNearest) {
  configure("[jobs.srw]\ntype = \"command\"\nshell = \"true\"\n");
  EXPECT_THAT(expect_end(2).errors, HasSubstr("there is no job 'srv' in the configuration, did you mean 'srw'?"));
}

TEST_F(BadInput, UnknownHostSaysThatSshConfigIsNotRead) {
  make_source(1, 10);
  configure(rsync_job("nas:/tmp/x"));
  EXPECT_THAT(expect_end(2).errors, AllOf(HasSubstr("nas"), HasSubstr("[hosts.nas]"), HasSubstr("~/.ssh/config")));
}

TEST_F(BadInput, UnreachableHostSaysWhoDidNotAnswer) {
  make_source(1, 10);
  HostSettings host;
  host.address = "127.0.0.1";
  host.port = free_port();
  host.user = "nobody";
  host.known_hosts = folder() / "known_hosts";
  configure(host_table(host) + rsync_job("nas:" + (folder() / "arrived").string() + "/"));
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, HasSubstr("127.0.0.1"));
  EXPECT_THAT(end.output, AllOf(HasSubstr("; nothing left here\n"), Not(HasSubstr("on nas"))));
  EXPECT_THAT(end.errors, HasSubstr("'nas'"));
  EXPECT_THAT(end.errors, HasSubstr("remedy"));
}

class BadRemote : public BadInput {
 protected:
  void configure_remote(const HostSettings& host, const std::string& lines = "") {
    make_source(3, 100);
    configure(host_table(host) + rsync_job("nas:" + arrived().string() + "/", lines));
  }
  [[nodiscard]] fs::path arrived() const { return folder() / "arrived"; }

  Sshd sshd_;
};

TEST_F(BadRemote, RefusedKeySaysWhichKeyAndWhatToDo) {
  HostSettings host = sshd_.host();
  host.identity = folder() / "stranger";
  run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", *host.identity});
  configure_remote(host);
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("stranger"), HasSubstr("'nas'"), HasSubstr("authorized_keys")));
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(BadRemote, ChangedHostKeyShowsTheFingerprintAndHowToCompare) {
  const fs::path other = folder() / "other_key";
  run_program({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other});
  HostSettings host = sshd_.host();
  host.known_hosts = folder() / "known_hosts";
  std::ofstream(host.known_hosts) << "[127.0.0.1]:" << sshd_.port() << " " << read_file(other.string() + ".pub");
  configure_remote(host);
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, AllOf(HasSubstr(sshd_.fingerprint(sshd_.host_key("ed25519"))), HasSubstr("ssh-keygen -lf"),
                                HasSubstr("--trust nas")));
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(BadRemote, UnknownHostKeyShowsTheFingerprintAndTheTrustCommand) {
  HostSettings host = sshd_.host();
  host.known_hosts = folder() / "known_hosts";
  configure_remote(host);
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors,
              AllOf(HasSubstr(sshd_.fingerprint(sshd_.host_key("ed25519"))), HasSubstr("--trust nas")));
  EXPECT_FALSE(fs::exists(host.known_hosts)) << "never by itself";
}

TEST_F(BadRemote, NoRsyncHereSaysWhatToInstall) {
  configure_remote(sshd_.host());
  environment_["PATH"] = programs_without_rsync();
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("rsync"), HasSubstr("install")));
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(BadRemote, UnwritableTargetIsFoundBeforeAnythingChanges) {
  make_source(3, 100);
  configure(host_table(sshd_.host()) + rsync_job("nas:/proc/no/such/place/"));
  const ProgramEnd end = run({"--once", "srv"});
  EXPECT_THAT(end.code, AnyOf(3, 1)) << end.output << end.errors;
  EXPECT_THAT(end.errors, AllOf(HasSubstr("/proc/no/such"), HasSubstr("remedy")));
}

TEST_F(BadRemote, MissingSourceIsFoundBeforeAnythingChanges) {
  configure(host_table(sshd_.host()) + rsync_job("nas:" + arrived().string() + "/"));
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, AllOf(HasSubstr(source()), HasSubstr("not exist"), HasSubstr("remedy")));
  EXPECT_FALSE(fs::exists(arrived()));
}

TEST_F(BadRemote, TargetThatIsAFileIsFoundBeforeAnythingChanges) {
  std::ofstream(arrived()) << "precious";
  configure_remote(sshd_.host());
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, AllOf(HasSubstr(arrived()), HasSubstr("remedy")));
  EXPECT_EQ(read_file(arrived()), "precious");
}

TEST_F(BadInput, NoRsyncOverThereSaysWhereToInstallIt) {
  SshdOptions without_rsync;
  without_rsync.lines = {"SetEnv PATH=" + programs_without_rsync().string()};
  Sshd sshd(without_rsync);
  make_source(3, 100);
  configure(host_table(sshd.host()) + rsync_job("nas:" + (folder() / "arrived").string() + "/"));
  const ProgramEnd end = expect_end(3);
  EXPECT_THAT(end.errors, AllOf(HasSubstr("rsync"), HasSubstr("'nas'"), HasSubstr("install")));
}

}  // namespace
}  // namespace orchestrator::test
