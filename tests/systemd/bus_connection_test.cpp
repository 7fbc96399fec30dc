#include "systemd/bus_connection.hpp"

#include <array>
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <gmock/gmock.h>

#include "orchestrator/tasks/task_group.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "systemd/sdbus.hpp"
#include "tests/support/bus_daemon.hpp"
#include "tests/support/environment_variable.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {
namespace {

constexpr const char* kTestName = "org.orchestratord.Test1";

class TheBusConnection : public TidyTest {
 protected:
  static std::unique_ptr<BusConnection> connect(Loop& loop, const std::string& name = {}) {
    return std::make_unique<BusConnection>(loop, open_bus(BusKind::User, name));
  }

  // Asks the bus for its id, asynchronously, and waits for the answer.
  static awaitable<std::string> ask_for_id(BusConnection& connection) {
    const auto proxy = sdbus::createProxy(connection.sdbus(), bus::BusName("org.freedesktop.DBus"),
                                          sdbus::ObjectPath("/org/freedesktop/DBus"));
    std::string id;
    WaitQueue answered;
    proxy->callMethodAsync("GetId")
        .onInterface("org.freedesktop.DBus")
        .uponReplyInvoke([&](bus::MaybeError error, const std::string& answer) {
          id = error ? "error" : answer;
          answered.wake_all();
        });
    connection.kick();
    while (id.empty()) co_await answered.wait("the answer");
    co_return id;
  }

  BusDaemon bus_;
  EnvironmentVariable address_{"DBUS_SESSION_BUS_ADDRESS", bus_.address()};
};

TEST_F(TheBusConnection, CarriesCallsInTheThreadOfTheLoop) {
  std::string id;
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    const auto connection = connect(loop.loop());
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("bus", [&] { return connection->serve(); });
      for (int i = 0; i < 20; ++i) id = co_await ask_for_id(*connection);
      group.cancel(CancelReason());
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(id.size(), 32U);
}

TEST_F(TheBusConnection, AnswersASecondClientThatCallsAnObjectOfTheFirst) {
  int answer = 0;
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    const auto server = connect(loop.loop(), kTestName);
    const auto object = sdbus::createObject(server->sdbus(), sdbus::ObjectPath("/test"));
#if ORCHESTRATOR_SDBUS_2
    object->addVTable(sdbus::registerMethod("Twice").implementedAs([](int number) { return 2 * number; }))
        .forInterface("org.orchestratord.Test1");
#else
    object->registerMethod("Twice").onInterface(kTestName).implementedAs([](int number) { return 2 * number; });
    object->finishRegistration();
#endif
    const auto client = connect(loop.loop());
    const auto proxy = sdbus::createProxy(client->sdbus(), bus::BusName(kTestName), sdbus::ObjectPath("/test"));
    WaitQueue answered;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("server", [&] { return server->serve(); });
      group.spawn("client", [&] { return client->serve(); });
      proxy->callMethodAsync("Twice").onInterface(kTestName).withArguments(21).uponReplyInvoke(
          [&](bus::MaybeError error, int number) {
            answer = error ? -1 : number;
            answered.wake_all();
          });
      client->kick();
      while (answer == 0) co_await answered.wait("the answer");
      group.cancel(CancelReason());
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(answer, 42);
}

TEST_F(TheBusConnection, EndsWhenTheBusEnds) {
  std::exception_ptr error;
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    const auto connection = connect(loop.loop());
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("bus", [&] { return connection->serve(); });
      const std::string id = co_await ask_for_id(*connection);
      bus_.crash();
    };
    try {
      co_await with_task_group(std::move(body));
    } catch (const TaskGroupError&) {
      error = std::current_exception();
    }
  });
  ASSERT_TRUE(first<BusLost>(error).has_value());
  EXPECT_THAT(first<BusLost>(error)->what(), testing::HasSubstr("the connection to the bus has ended"));
}

TEST_F(TheBusConnection, TakesNoDescriptorOfAnotherAlongWhenItIsForgottenLate) {
  std::size_t heard = 0;
  RealLoop loop;
  loop.run([&]() -> awaitable<void> {
    auto connection = connect(loop.loop());
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("bus", [&] { return connection->serve(); });
      const std::string id = co_await ask_for_id(*connection);
      bus_.crash();
    };
    bool lost = false;
    try {
      co_await with_task_group(std::move(body));
    } catch (const TaskGroupError&) {
      lost = true;
    }
    EXPECT_TRUE(lost);
    // The first of these has the number that the connection had.
    std::array<std::array<int, 2>, 4> pipes{};
    std::vector<asio::posix::stream_descriptor> reading;
    for (auto& ends : pipes) {
      EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
      reading.emplace_back(loop.loop().io(), ends[0]);
    }
    connection.reset();
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      EXPECT_EQ(::write(pipes[i][1], "x", 1), 1);
      co_await reading[i].async_wait(asio::posix::stream_descriptor::wait_read, use_task);
      ++heard;
      ::close(pipes[i][1]);
    }
  });
  EXPECT_EQ(heard, 4U);
}

TEST_F(TheBusConnection, RefusesANameThatAnotherOneHas) {
  const auto first = open_bus(BusKind::User, kTestName);
  try {
    const auto second = open_bus(BusKind::User, kTestName);
    FAIL() << "two have the name";
  } catch (const BusLost& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("cannot take the name 'org.orchestratord.Test1' on the user's bus"));
  }
}

TEST_F(TheBusConnection, SaysWhichBusCannotBeReached) {
  bus_.kill();
  try {
    const auto connection = open_bus(BusKind::User);
    FAIL() << "there is no bus";
  } catch (const BusLost& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("cannot connect to the user's bus"));
  }
}

}  // namespace
}  // namespace orchestrator::test
