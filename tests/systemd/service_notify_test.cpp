#include "systemd/service_notify.hpp"

#include <gmock/gmock.h>

#include "tests/support/environment_variable.hpp"
#include "tests/support/service_manager.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::StartsWith;

class TheServiceNotify : public TaskTest {
 protected:
  ServiceManager manager_;
  EnvironmentVariable socket_{"NOTIFY_SOCKET", manager_.path()};
};

TEST_F(TheServiceNotify, TellsHowTheDaemonIs) {
  ServiceNotify notify;
  notify.ready();
  notify.reloading();
  notify.status("idle");
  notify.status("idle");
  notify.more_time(35s);
  notify.stopping();
  EXPECT_THAT(manager_.heard(), ElementsAre("READY=1", StartsWith("RELOADING=1\nMONOTONIC_USEC="), "STATUS=idle",
                                            "EXTEND_TIMEOUT_USEC=35000000", "STOPPING=1"));
}

TEST_F(TheServiceNotify, PingsTwiceInTheTimeThatTheWatchdogGives) {
  const EnvironmentVariable interval("WATCHDOG_USEC", "10000000");
  ServiceNotify notify;
  run([&]() -> awaitable<void> {
    auto pinging = [&]() -> awaitable<void> { return notify.keep_alive(); };
    [[maybe_unused]] const ScopeEnd end = co_await with_limit(11s, std::move(pinging));
  });
  EXPECT_THAT(manager_.heard(), ElementsAre("WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"));
}

TEST_F(TheServiceNotify, NeverPingsWhenNobodyWatches) {
  ServiceNotify notify;
  EXPECT_EQ(notify.watchdog(), std::nullopt);
  run([&]() -> awaitable<void> { co_await notify.keep_alive(); });
  EXPECT_THAT(manager_.heard(), testing::IsEmpty());
}

TEST_F(TheServiceNotify, IsSilentWithoutAServiceManager) {
  const EnvironmentVariable none("NOTIFY_SOCKET", std::nullopt);
  ServiceNotify notify;
  notify.ready();
  EXPECT_THAT(manager_.heard(), testing::IsEmpty());
}

}  // namespace
}  // namespace orchestrator::test
