#include "tests/ssh/ssh_fixture.hpp"

namespace orchestrator::test {
namespace {

using testing::HasSubstr;

SshdOptions with_state_in(const TemporaryDirectory& directory) {
  SshdOptions options;
  options.environment = "XDG_STATE_HOME=" + directory.path().string();
  return options;
}

class SshLockTest : public SshTest {
 protected:
  awaitable<std::string> busy_with(SshHost& host, const std::string& name) {
    std::string message;
    try {
      static_cast<void>(co_await host.lock(name, "somebody else"));
    } catch (const LockBusy& busy) {
      message = busy.what();
    }
    co_return message;
  }

  TemporaryDirectory state_;
  Sshd sshd_{with_state_in(state_)};
};

TEST_F(SshLockTest, TellsWhoHoldsIt) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    const auto lock = co_await host.lock("srv-a", "run 1a2b of job 'srv'");
    EXPECT_EQ(co_await busy_with(host, "srv-a"),
                "'srv-a' is busy: held by run 1a2b of job 'srv'");
    const auto other = co_await host.lock("other", "me");
    EXPECT_NE(other, nullptr);
  });
}

TEST_F(SshLockTest, IsFreeAgainWhenItsObjectIsGone) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    {
      const auto lock = co_await host.lock("srv", "first");
      EXPECT_NE(co_await busy_with(host, "srv"), "");
    }
    // One shell over there takes the requests in their order; the one that held it may need a moment to die.
    while (!(co_await busy_with(host, "srv")).empty()) co_await sleep_for(5ms);
    EXPECT_TRUE(std::filesystem::exists(state_.path() / "orchestratord/locks/srv"));
  });
}

TEST_F(SshLockTest, IsFreeAgainWhenTheConnectionIsClosed) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    const auto lock = co_await host.lock("srv", "first");
    host.close();
    while (!(co_await busy_with(host, "srv")).empty()) co_await sleep_for(5ms);
  });
}

TEST_F(SshLockTest, MayBeTakenTwentyTimes) {
  run_on(sshd_.host(), [this](SshHost& host) -> awaitable<void> {
    std::vector<std::unique_ptr<HostLock>> locks;
    for (int i = 0; i < 20; ++i) locks.push_back(co_await host.lock("item" + std::to_string(i), "me"));
    for (int i = 0; i < 20; ++i) EXPECT_NE(co_await busy_with(host, "item" + std::to_string(i)), "");
    Command command = command_of({"echo", "room for work"});
    const ProcessResult result = co_await run_process(host, std::move(command));
    EXPECT_EQ(result.output, "room for work\n");
  });
}

TEST(SshLockWithoutDirectory, SaysWhereItCannotWrite) {
  SshdOptions options;
  options.environment = "XDG_STATE_HOME=/proc/nowhere";
  Sshd sshd(options);
  run_for_real([&] {
    return with_ssh_host(sshd.host(), SshLinkOptions(), [](SshHost& host) -> awaitable<void> {
      std::string message;
      try {
        static_cast<void>(co_await host.lock("srv", "me"));
      } catch (const Error& error) {
        message = error.what();
      }
      EXPECT_THAT(message, HasSubstr("cannot take the lock 'srv' on 'nas'"));
      EXPECT_THAT(message, HasSubstr("cannot write to /proc/nowhere/orchestratord/locks"));
    });
  });
}

}  // namespace
}  // namespace orchestrator::test
