#include "systemd/service_notify.hpp"

#include <cstring>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/environment_variable.hpp"
#include "tests/support/task_test.hpp"
#include "tests/support/temporary_directory.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::StartsWith;

/// Takes the part of the service manager.
class ServiceManager {
 public:
  ServiceManager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof address.sun_path - 1);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  ~ServiceManager() { ::close(socket_); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  [[nodiscard]] std::string path() const { return directory_.path() / "notify"; }

  /// Everything that was told since the last time.
  [[nodiscard]] std::vector<std::string> heard() const {
    std::vector<std::string> messages;
    char buffer[4096];
    for (ssize_t size = 0; (size = ::recv(socket_, buffer, sizeof buffer, 0)) >= 0;) {
      messages.emplace_back(buffer, static_cast<std::size_t>(size));
    }
    return messages;
  }

 private:
  TemporaryDirectory directory_;
  int socket_;
};

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
