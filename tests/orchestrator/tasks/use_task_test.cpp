#include "orchestrator/tasks/use_task.hpp"

#include <array>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

class UseTaskTest : public TidyTest {
 protected:
  UseTaskTest() { asio::connect_pipe(reader_, writer_); }

  [[nodiscard]] awaitable<void> read() {
    std::array<char, 5> data{};
    const std::size_t size = co_await reader_.async_read_some(asio::buffer(data), use_task);
    read_ = std::string(data.data(), size);
  }
  void write(const std::string& text) { asio::write(writer_, asio::buffer(text)); }

  RealLoop loop_;
  asio::readable_pipe reader_{loop_.loop().io()};
  asio::writable_pipe writer_{loop_.loop().io()};
  std::string read_;
};

TEST_F(UseTaskTest, GivesTheValueOfTheOperation) {
  loop_.run([&]() -> awaitable<void> {
    write("hello");
    co_await read();
  });
  EXPECT_EQ(read_, "hello");
}

TEST_F(UseTaskTest, ThrowsTheErrorOfTheOperation) {
  loop_.run([&]() -> awaitable<void> {
    writer_.close();
    try {
      co_await read();
      ADD_FAILURE() << "no error";
    } catch (const boost::system::system_error& error) {
      EXPECT_EQ(error.code(), asio::error::eof);
    }
  });
}

TEST_F(UseTaskTest, GivesTheErrorCodeWhereThatIsAskedFor) {
  loop_.run([&]() -> awaitable<void> {
    writer_.close();
    std::array<char, 5> data{};
    const auto [ec, size] = co_await reader_.async_read_some(asio::buffer(data), use_task_tuple);
    EXPECT_EQ(ec, asio::error::eof);
    EXPECT_EQ(size, 0U);
  });
}

TEST_F(UseTaskTest, StartsNothingInACancelledScope) {
  loop_.run([&]() -> awaitable<void> {
    write("hello");
    EXPECT_EQ(co_await with_limit(0ms, [&] { return read(); }), ScopeEnd::Cancelled);
    EXPECT_EQ(read_, "");
    co_await read();  // nothing was taken away
  });
  EXPECT_EQ(read_, "hello");
}

TEST_F(UseTaskTest, IsCancelledWhileItWaits) {
  loop_.run([&]() -> awaitable<void> {
    EXPECT_EQ(co_await with_limit(1ms, [&] { return read(); }), ScopeEnd::Cancelled);
    write("hello");
    co_await read();
  });
  EXPECT_EQ(read_, "hello");
}

TEST_F(UseTaskTest, KeepsItsResultWhenTheCancellationComesAfterTheOperationWasDone) {
  loop_.run([&]() -> awaitable<void> {
    CancelScope scope;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("reader", [&]() -> awaitable<void> {
        const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
          co_await read();
          co_await sleep_forever();
        });
        EXPECT_EQ(end, ScopeEnd::Cancelled);
      });
      co_await yield_now();  // the reader waits
      write("hello");
      loop_.loop().post([&] { scope.cancel(because("test")); });
    });
  });
  EXPECT_THAT(read_, ::testing::AnyOf("hello", "")) << "read whole, or not at all";
  if (read_.empty()) loop_.run([&] { return read(); });
  EXPECT_EQ(read_, "hello");
}

TEST_F(UseTaskTest, OfATaskIsNotHitByTheCancellationOfAnother) {
  loop_.run([&]() -> awaitable<void> {
    CancelScope scope;
    co_await with_task_group([&](TaskGroup& group) -> awaitable<void> {
      group.spawn("reader", [&] { return read(); });
      group.spawn("other", [&]() -> awaitable<void> { (void)co_await with_cancel_scope(scope, [] { return sleep_forever(); }); });
      co_await yield_now();
      scope.cancel(because("test"));
      co_await yield_now();
      write("hello");
    });
  });
  EXPECT_EQ(read_, "hello");
}

TEST_F(UseTaskTest, IsShieldedLikeEverythingElse) {
  loop_.run([&]() -> awaitable<void> {
    CancelScope scope;
    const ScopeEnd end = co_await with_cancel_scope(scope, [&]() -> awaitable<void> {
      loop_.loop().post([&] {
        scope.cancel(because("test"));
        loop_.loop().post([&] { write("hello"); });
      });
      EXPECT_EQ(co_await with_shield(10s, [&] { return read(); }), ScopeEnd::Finished);
      co_await sleep_forever();
    });
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  });
  EXPECT_EQ(read_, "hello");
}

}  // namespace
}  // namespace orchestrator::test
