// Commands of this machine that run as another user. It takes root to become one.
#include <gmock/gmock.h>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "orchestrator/process/account.hpp"
#include "tests/orchestrator/process/containment_fixture.hpp"
#include "tests/support/capability.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const char* const kOther = "nobody";

class ACommandOfAnotherUser : public LocalTest {
 protected:
  static bool possible() { return ::geteuid() == 0 && ::getpwnam(kOther) != nullptr; }

  static Command shell_of_other(const std::string& text) {
    Command command = shell(text);
    command.run_as = kOther;
    return command;
  }

  std::string output_of(Command command) {
    ProcessResult result;
    loop_.run([&]() -> awaitable<void> { result = co_await run_process(host_, std::move(command)); });
    EXPECT_TRUE(succeeded(result.status)) << result.errors;
    return result.output;
  }

  std::string refusal_of(Command command) {
    std::string text;
    loop_.run([&]() -> awaitable<void> {
      try {
        (void)co_await run_process(host_, std::move(command));
      } catch (const StartError& error) {
        text = std::string(error.what()) + "; " + error.remedy();
      }
    });
    return text;
  }
};

TEST_F(ACommandOfAnotherUser, HasHisIdsAndGroupsAndNoPowers) {
  REQUIRE_CAPABILITY("root", possible());
  const Account account = find_account(kOther);
  std::string groups;
  for (const gid_t group : account.groups) groups += (groups.empty() ? "" : " ") + std::to_string(group);
  EXPECT_EQ(output_of(shell_of_other("id -u; id -ru; id -g; id -G | tr ' ' '\\n' | sort -n | tr '\\n' ' ' | sed 's/ $//'")),
            std::to_string(account.uid) + "\n" + std::to_string(account.uid) + "\n" + std::to_string(account.gid) + "\n" +
                groups);
  const std::string status = output_of(shell_of_other("grep '^Cap[IPEA]' /proc/self/status"));
  EXPECT_THAT(status, testing::Not(testing::ContainsRegex("[1-9a-f]$"))) << status;
  EXPECT_THAT(status, HasSubstr("CapAmb:\t0000000000000000"));
}

TEST_F(ACommandOfAnotherUser, HasHisHomeAndNameInItsEnvironment) {
  REQUIRE_CAPABILITY("root", possible());
  const Account account = find_account(kOther);
  const EnvironmentVariable home("HOME", "/root");
  const EnvironmentVariable name("USER", "root");
  Command command = shell_of_other("echo \"$HOME $USER $LOGNAME $SHELL $XDG_RUNTIME_DIR\"");
  command.environment["HOME"] = "/root";
  command.environment["USER"] = "chosen";
  EXPECT_EQ(output_of(std::move(command)), account.home + " chosen " + kOther + " " + account.shell + " \n");
}

TEST_F(ACommandOfAnotherUser, MakesFilesThatAreHis) {
  REQUIRE_CAPABILITY("root", possible());
  const std::filesystem::path place = directory_.path() / "place";
  std::filesystem::create_directory(place);
  std::filesystem::permissions(directory_.path(), std::filesystem::perms(0711));
  ASSERT_EQ(::chmod(place.c_str(), 0777), 0);
  (void)output_of(shell_of_other("touch " + (place / "file").string()));
  struct stat about {};
  ASSERT_EQ(::stat((place / "file").c_str(), &about), 0);
  EXPECT_EQ(about.st_uid, find_account(kOther).uid);
}

TEST_F(ACommandOfAnotherUser, CannotEnterADirectoryThatIsClosedToHim) {
  REQUIRE_CAPABILITY("root", possible());
  Command command = shell_of_other("true");
  const std::filesystem::path closed = directory_.path() / "closed";
  std::filesystem::create_directory(closed);
  ASSERT_EQ(::chmod(closed.c_str(), 0700), 0);
  command.directory = closed;
  EXPECT_THAT(refusal_of(std::move(command)), HasSubstr("cannot enter its directory"));
}

TEST_F(ACommandOfAnotherUser, IsEndedWithAllThatLeftItsGroup) {
  REQUIRE_CAPABILITY("root", possible());
  loop_.run([&]() -> awaitable<void> {
    auto body = [](Process& process) -> awaitable<void> {
      co_await wait_for_ready(process);
    };
    Command command = shell_of_other("trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 3141592' & echo ready; sleep 3141592");
    command.stop = short_ladder();
    const OnLeftovers none = [](std::vector<Leftover> left) { EXPECT_THAT(left, IsEmpty()); };
    co_await with_process(host_, std::move(command), none, std::move(body));
  });
  EXPECT_THAT(processes_that_mention("3141592"), IsEmpty());
}

TEST_F(ACommandOfAnotherUser, IsRefusedWhenNobodyIsCalledSo) {
  Command command = shell("true");
  command.run_as = "no-such-user";
  EXPECT_EQ(refusal_of(std::move(command)),
            "cannot start '/bin/sh': cannot run commands as user 'no-such-user': there is no such user on this machine; create "
            "it, or correct 'run_as'");
}

TEST(BecomingAnotherUser, TakesCapabilitiesThatOthersThanRootDoNotHave) {
  if (::geteuid() == 0) {
    EXPECT_FALSE(why_not_run_as("root").has_value());
    return;
  }
  EXPECT_THAT(why_not_run_as("root")->what(), HasSubstr("it lacks CAP_SETUID, CAP_SETGID, CAP_KILL"));
  EXPECT_THAT(why_not_run_as("root")->remedy(), HasSubstr("run-as.conf"));
}

}  // namespace
}  // namespace orchestrator::test
