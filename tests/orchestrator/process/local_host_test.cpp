#include "orchestrator/process/local_host.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/process/local_lock.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"

namespace orchestrator {
namespace {

using test::command_of;
using test::shell;

class LocalHostTest : public test::LocalTest {
 protected:
  ProcessResult run(Command command) {
    ProcessResult result;
    auto body = [&]() -> awaitable<void> { result = co_await run_process(host_, std::move(command)); };
    loop_.run(std::move(body));
    return result;
  }

  /// What starting it throws; none when it starts.
  std::optional<StartError> refusal(Command command) {
    std::optional<StartError> refused;
    auto body = [&]() -> awaitable<void> {
      try {
        const ProcessResult result = co_await run_process(host_, std::move(command));
        (void)result;
      } catch (const StartError& error) {
        refused = error;
      }
    };
    loop_.run(std::move(body));
    return refused;
  }

  std::filesystem::path script(const std::string& name, const std::string& text, mode_t mode = 0700) {
    const std::filesystem::path file = directory_.write(name, text);
    ::chmod(file.c_str(), mode);
    return file;
  }
};

void expect_refused(const std::optional<StartError>& refused, StartFailure failure, const std::string& message) {
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->failure(), failure);
  EXPECT_NE(std::string(refused->what()).find(message), std::string::npos) << refused->what();
}

TEST_F(LocalHostTest, StartsCommandsWithNothingInherited) {
  const int leaked = ::fcntl(STDOUT_FILENO, F_DUPFD, 100);
  sigset_t user;
  sigset_t before;
  ::sigemptyset(&user);
  ::sigaddset(&user, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &user, &before);
  ::signal(SIGUSR2, SIG_IGN);
  Command command = command_of({test::actor("shows_start").string()});
  command.umask = 027;
  const ProcessResult result = run(std::move(command));
  ::signal(SIGUSR2, SIG_DFL);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(leaked);
  EXPECT_EQ(result.output,
            "descriptors: 0 1 2\n"
            "blocked:\n"
            "ignored:\n"
            "leads its session: yes\n"
            "leads its group: yes\n"
            "umask: 027\n");
}

TEST_F(LocalHostTest, GivesACommandItsOwnEnvironmentAndNoOther) {
  ::setenv("ORCHESTRATOR_TEST_SECRET", "1", 1);
  Command command = command_of({"env"});
  command.environment["ORCHESTRATOR_RUN"] = "4711";
  const ProcessResult result = run(std::move(command));
  ::unsetenv("ORCHESTRATOR_TEST_SECRET");
  EXPECT_EQ(result.output, "ORCHESTRATOR_RUN=4711\nPATH=/usr/bin:/bin\n");
}

TEST_F(LocalHostTest, RunsACommandInItsDirectory) {
  Command command = command_of({"pwd"});
  command.directory = directory_.path().string();
  EXPECT_EQ(run(std::move(command)).output, std::filesystem::canonical(directory_.path()).string() + "\n");
}

TEST_F(LocalHostTest, ConnectsUnusedStreamsToDevNull) {
  Command command = shell("cat; echo out; echo err >&2; readlink /proc/self/fd/0 > where");
  command.directory = directory_.path().string();
  command.output = StreamUse::Null;
  command.errors = StreamUse::Null;
  const ProcessResult result = run(std::move(command));
  EXPECT_TRUE(succeeded(result.status));
  EXPECT_EQ(result.output + result.errors, "");
  EXPECT_EQ(test::read_file(directory_.path() / "where"), "/dev/null\n");
}

TEST_F(LocalHostTest, StartsCommandsThoughItsOwnStandardStreamsAreClosed) {
  const int input = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 100);
  ::close(STDIN_FILENO);
  Command command = shell("cat; echo out; echo err >&2");
  const ProcessResult result = run(std::move(command));
  ::dup2(input, STDIN_FILENO);
  ::close(input);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST_F(LocalHostTest, LooksForProgramsInThePathOfTheCommand) {
  script("bin/hello", "#!/bin/sh\necho hello\n");
  Command command = command_of({"hello"});
  command.environment["PATH"] = "/nowhere:" + (directory_.path() / "bin").string();
  EXPECT_EQ(run(std::move(command)).output, "hello\n");
}

TEST_F(LocalHostTest, TakesTheNextProgramInThePathWhenOneMayNotBeExecuted) {
  script("first/hello", "#!/bin/sh\necho first\n", 0600);
  script("second/hello", "#!/bin/sh\necho second\n");
  Command command = command_of({"hello"});
  command.environment["PATH"] = (directory_.path() / "first").string() + ":" + (directory_.path() / "second").string();
  EXPECT_EQ(run(std::move(command)).output, "second\n");
}

TEST_F(LocalHostTest, SaysWhichPathItSearchedForAProgramThatIsMissing) {
  expect_refused(refusal(command_of({"no-such-program"})), StartFailure::NotFound,
                 "cannot start 'no-such-program': no such program in PATH '/usr/bin:/bin'");
  expect_refused(refusal(command_of({"/no/such/program"})), StartFailure::NotFound,
                 "cannot start '/no/such/program': no such file");
}

TEST_F(LocalHostTest, SaysThatAnInterpreterIsMissing) {
  const auto file = script("hello", "#!/no/such/interpreter\n");
  expect_refused(refusal(command_of({file.string()})), StartFailure::NotFound, "the interpreter that it names is not");
}

TEST_F(LocalHostTest, SaysThatAFileMayNotBeExecuted) {
  const auto file = script("hello", "#!/bin/sh\n", 0600);
  expect_refused(refusal(command_of({file.string()})), StartFailure::NotExecutable,
                 "'" + file.string() + "' may not be executed: Permission denied");
}

TEST_F(LocalHostTest, SaysThatAFileIsNoProgram) {
  const auto file = script("hello", "echo hello\n");
  expect_refused(refusal(command_of({file.string()})), StartFailure::NotExecutable, "nor a script with '#!'");
}

TEST_F(LocalHostTest, SaysThatArgumentsAreTooLong) {
  expect_refused(refusal(command_of({"true", std::string(200'000, 'x')})), StartFailure::TooLarge,
                 "its arguments and environment have 200025 bytes");
}

TEST_F(LocalHostTest, SaysThatADirectoryCannotBeEntered) {
  Command command = command_of({"true"});
  command.directory = "/no/such/directory";
  expect_refused(refusal(std::move(command)), StartFailure::NoDirectory,
                 "cannot start 'true': cannot enter its directory '/no/such/directory': No such file or directory");
}

TEST_F(LocalHostTest, RefusesWhatNoProcessCanHave) {
  expect_refused(refusal(command_of({})), StartFailure::NotPossible, "no program");
  expect_refused(refusal(command_of({"echo", std::string("a\0b", 3)})), StartFailure::NotPossible, "NUL");
  Command command = command_of({"true"});
  command.environment["A=B"] = "c";
  expect_refused(refusal(std::move(command)), StartFailure::NotPossible, "'A=B'");
}

/// Lowers the limit of descriptors so that `room` are left, while it lives.
class FewDescriptors {
 public:
  explicit FewDescriptors(int room) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    int highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      highest = std::max(highest, std::stoi(entry.path().filename().string()));
    }
    for (;;) {
      Descriptor filler(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
      if (filler.get() > highest) break;
      fillers_.push_back(std::move(filler));
    }
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(highest + 1 + room);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
  std::vector<Descriptor> fillers_;
};

/// With each number of descriptors that may be left, so that every step fails once.
TEST_F(LocalHostTest, SaysThatDescriptorsAreUsedUpAndLeavesNothingWhereverThatHappens) {
  // UBSan needs a pipe of its own to look at an exception, and calls it invalid when there is none.
  constexpr int kForUbsan = 2;
  int refused = 0;
  bool started = false;
  for (int room = kForUbsan; room < 30 && !started; ++room) {
    std::optional<StartError> error;
    {
      const FewDescriptors few(room);
      error = refusal(command_of({"true"}));
    }
    started = !error;
    if (error) {
      ++refused;
      expect_refused(error, StartFailure::NoResources, "file descriptors of this program are in use");
    }
  }
  EXPECT_TRUE(started);
  EXPECT_GT(refused, 3);
}

TEST_F(LocalHostTest, KnowsTheSpaceWhereAPathWillBe) {
  DiskSpace space;
  auto body = [&]() -> awaitable<void> {
    space = co_await host_.disk_space((directory_.path() / "not" / "there yet").string());
  };
  loop_.run(std::move(body));
  EXPECT_GT(space.total, 0U);
  EXPECT_LE(space.available, space.total);
}

TEST_F(LocalHostTest, SaysWhyItDoesNotKnowTheSpace) {
  auto body = [&]() -> awaitable<void> {
    const std::string file = directory_.write("file", "").string();
    const DiskSpace space = co_await host_.disk_space(file + "/below");
    (void)space;
  };
  EXPECT_THROW(loop_.run(std::move(body)), Error);
}

TEST_F(LocalHostTest, TellsWithoutAProcessWhetherAProgramWouldBeFound) {
  script("tool", "#!/bin/sh\n");
  script("text", "not for execution\n", 0600);
  std::filesystem::create_directory(directory_.path() / "folder");
  const std::string path = "/nowhere:" + directory_.path().string();
  auto body = [&]() -> awaitable<void> {
    for (const char* name : {"tool", "text", "folder", "nothing"}) {
      const std::optional<bool> found = co_await host_.finds(name, path);
      EXPECT_EQ(found, std::string_view(name) == "tool") << name;
    }
  };
  loop_.run(std::move(body));
}

TEST_F(LocalHostTest, KnowsItsFacts) {
  HostFacts facts;
  auto body = [&]() -> awaitable<void> { facts = co_await host_.facts(); };
  loop_.run(std::move(body));
  EXPECT_FALSE(facts.user.empty());
  EXPECT_TRUE(facts.home.is_absolute());
  EXPECT_EQ(facts.state_directory, directory_.path() / "state");
  EXPECT_EQ(facts.system, "Linux");
}

}  // namespace
}  // namespace orchestrator
