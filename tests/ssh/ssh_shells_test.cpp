#include "tests/ssh/ssh_fixture.hpp"
#include "tests/support/capability.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

struct Shells {
  const char* name;
  std::string login;   ///< what sshd starts: a program, and words before "-c"
  std::string plain;   ///< what `sh` is over there; empty: as on this machine

  friend void PrintTo(const Shells& shells, std::ostream* out) { *out << shells.name; }
};

std::string path_of(const std::string& program) {
  for (const char* folder : {"/bin/", "/usr/bin/", "/usr/local/bin/"}) {
    if (std::filesystem::exists(folder + program)) return folder + program;
  }
  return {};
}

class SshShellsTest : public TidyTest, public testing::WithParamInterface<Shells> {};

TEST_P(SshShellsTest, AllReadOurLineAlike) {
  const Shells& shells = GetParam();
  const std::string login = path_of(shells.login.substr(0, shells.login.find(' ')));
  REQUIRE_CAPABILITY(shells.name, !login.empty());
  const TemporaryDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
  // The login shell, and what it finds as `sh`.
  SshdOptions options;
  options.shell = login + shells.login.substr(std::min(shells.login.find(' '), shells.login.size()));
  options.environment = "PATH=" + directory.path().string() + ":/usr/local/bin:/usr/bin:/bin XDG_STATE_HOME=" + directory.path().string();
  if (!shells.plain.empty()) {
    std::filesystem::create_symlink(path_of(shells.plain), directory.path() / "sh");
  }
  Sshd sshd(options);
  run_for_real([&] {
    return with_ssh_host(sshd.host(), SshLinkOptions(), [](SshHost& host) -> awaitable<void> {
      Command command = command_of({"printf", "[%s]", "a b", "it's", "two\nlines", "back\\slash", "$HOME", "!!", "\"", "*"});
      command.environment["SECRET"] = "x'y\nz";
      const ProcessResult words = co_await run_process(host, std::move(command));
      EXPECT_EQ(words.output, "[a b][it's][two\nlines][back\\slash][$HOME][!!][\"][*]");
      EXPECT_EQ(words.errors, "");

      Command ended = shell_of("echo out; echo err >&2; cat; kill -TERM $$");
      RunProcessOptions run;
      run.input = "in\n";
      const ProcessResult signalled = co_await run_process(host, std::move(ended), std::move(run));
      EXPECT_EQ(signalled.output, "out\nin\n");
      EXPECT_EQ(signalled.errors, "err\n");
      EXPECT_EQ(signalled.status, ExitStatus(Signalled{"TERM"}));

      Command missing = command_of({"no-such-program"});
      const Caught caught = co_await start_error_of(host, std::move(missing));
      EXPECT_EQ(caught.failure, StartFailure::NotFound);

      std::vector<Leftover> left;
      Command stubborn = shell_of("trap '' TERM; sleep 1000 & echo up; wait; sleep 1000");
      stubborn.stop = short_ladder();
      OnLeftovers on_left = [&left](std::vector<Leftover> found) { left = std::move(found); };
      auto body = [](Process& process) -> awaitable<void> {
        char line[10];
        static_cast<void>(co_await process.output().read_some(line));
      };
      co_await with_process(host, std::move(stubborn), std::move(on_left), std::move(body));
      EXPECT_EQ(left.size(), 0U);

      const auto lock = co_await host.lock("a", "me");
      bool busy = false;
      try {
        static_cast<void>(co_await host.lock("a", "you"));
      } catch (const LockBusy&) {
        busy = true;
      }
      EXPECT_TRUE(busy);
    });
  });
}

INSTANTIATE_TEST_SUITE_P(Real, SshShellsTest,
                         testing::Values(Shells{"dash", "dash", ""}, Shells{"bash", "bash", "bash"},
                                         Shells{"zsh", "zsh", ""}, Shells{"fish", "fish", ""},
                                         Shells{"busybox", "busybox sh", "busybox"}, Shells{"tcsh", "tcsh", ""},
                                         Shells{"mksh", "mksh", "mksh"}, Shells{"zsh_as_sh", "zsh", "zsh"}),
                         [](const auto& param) { return std::string(param.param.name); });

class SshNoiseTest : public SshTest {
 protected:
  /// A login shell that does `script` before it runs the command.
  [[nodiscard]] SshdOptions login_that(const std::string& script) const {
    const auto file = directory_.write("shell", "#!/bin/sh\n" + script + "\nexec /bin/sh \"$@\"\n");
    std::filesystem::permissions(file, std::filesystem::perms(0755));
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    SshdOptions options;
    options.shell = file;
    return options;
  }

  TemporaryDirectory directory_;
};

TEST_F(SshNoiseTest, IsDroppedFromBothStreams) {
  Sshd sshd(login_that("echo welcome; echo 'careful!' >&2; printf 'no newline'; printf 'none here' >&2"));
  run_on(sshd.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("echo out; echo err >&2");
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.errors, "err\n");
  });
}

TEST_F(SshNoiseTest, ThatReadsItsInputTakesNothingFromACommand) {
  Sshd sshd(login_that("read -t 1 line 2>/dev/null || : </dev/null"));
  run_on(sshd.host(), [](SshHost& host) -> awaitable<void> {
    Command command = shell_of("cat");
    RunProcessOptions options;
    options.input = "all of it\n";
    const ProcessResult result = co_await run_process(host, std::move(command), std::move(options));
    EXPECT_EQ(result.output, "all of it\n");
  });
}

TEST_F(SshNoiseTest, OfALoginShellThatRefusesIsShown) {
  Sshd sshd(login_that("echo This account is currently not available.; exit 1"));
  const Caught caught = connect_error(sshd.host());
  EXPECT_EQ(caught.failure, StartFailure::NotPossible);
  EXPECT_THAT(caught.message, testing::HasSubstr("it says 'This account is currently not available.'"));
}

}  // namespace
}  // namespace orchestrator::test
