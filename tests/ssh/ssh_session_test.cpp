#include "ssh/session.hpp"

#include <algorithm>
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/support/virtual_loop.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using Purpose = SshSession::Purpose;

/// An engine whose other side does what the test says; `steps` has what was asked of it.
class FakeEngine final : public SshEngine {
 public:
  struct Channel final : EngineChannel {
    std::string command;
    std::string output;
    bool ended = false;
  };

  void receive(std::span<const char>) override {}
  void receive_end() override {}
  [[nodiscard]] std::size_t unread() const noexcept override { return 0; }
  [[nodiscard]] std::size_t unsent() const noexcept override { return 0; }
  [[nodiscard]] std::string take_unsent() override { return {}; }
  void prefer_host_keys(const std::vector<std::string>&) override {}
  [[nodiscard]] bool handshake() override { return true; }
  [[nodiscard]] HostKey host_key() const override { return {}; }
  [[nodiscard]] std::vector<std::string> supported(AlgorithmKind) const override { return {}; }
  [[nodiscard]] std::vector<std::string> offered(AlgorithmKind) const override { return {}; }
  [[nodiscard]] std::string server_banner() const override { return {}; }
  [[nodiscard]] std::optional<std::vector<std::string>> login_methods(const std::string&) override { return std::nullopt; }
  [[nodiscard]] bool log_in(const std::string&, const PrivateKey&) override { return true; }
  [[nodiscard]] bool log_in(const std::string&, const std::string&, const Signer&) override { return true; }

  [[nodiscard]] std::unique_ptr<EngineChannel> open() override {
    check();
    if (!answering) return nullptr;
    steps.push_back("open");
    if (open_ >= limit) throw EngineError(EngineFailure::ChannelRefused, "refused");
    ++open_;
    return std::make_unique<Channel>();
  }
  [[nodiscard]] bool exec(EngineChannel& channel, std::string_view command) override {
    check();
    if (!answering_exec) return false;
    steps.push_back("exec " + std::string(command));
    if (command == "forbidden") throw EngineError(EngineFailure::RequestRefused, "no");
    auto& ours = static_cast<Channel&>(channel);
    ours.command = command;
    running.push_back(&ours);
    return true;
  }
  [[nodiscard]] std::optional<std::size_t> read(EngineChannel& channel, SshStream stream, std::span<char> buffer) override {
    check();
    auto& ours = static_cast<Channel&>(channel);
    if (stream == SshStream::Output && !ours.output.empty()) {
      const std::size_t count = ours.output.copy(buffer.data(), buffer.size());
      ours.output.erase(0, count);
      return count;
    }
    if (ours.ended && ours.output.empty()) return 0;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::size_t> write(EngineChannel&, std::string_view bytes) override {
    check();
    if (!taking) return std::nullopt;
    written += bytes;
    return bytes.size();
  }
  [[nodiscard]] bool send_end(EngineChannel&) override { return true; }
  [[nodiscard]] std::optional<ExitStatus> exit_status(const EngineChannel& channel) const override {
    if (static_cast<const Channel&>(channel).ended) return Exited{0};
    return std::nullopt;
  }
  [[nodiscard]] bool closed(EngineChannel& channel) override { return static_cast<Channel&>(channel).ended; }
  [[nodiscard]] bool close(EngineChannel& channel) override {
    const auto& ours = static_cast<Channel&>(channel);
    steps.push_back("close " + ours.command);
    std::erase(running, &ours);
    ++lingering_;
    if (!forgets_late) forget();
    return true;
  }
  /// Counts those that have ended no longer.
  void forget() { open_ -= std::exchange(lingering_, 0); }
  void disconnect() override { steps.emplace_back("disconnect"); }

  std::vector<std::string> steps;
  std::vector<Channel*> running;
  std::string written;
  std::size_t limit = 100;
  bool answering = true;
  bool answering_exec = true;
  bool taking = true;
  bool broken = false;
  bool forgets_late = false;

 private:
  void check() const {
    if (broken) throw EngineError(EngineFailure::Protocol, "bad packet");
  }

  std::size_t open_ = 0;
  std::size_t lingering_ = 0;
};

class SshSessionTest : public testing::Test {
 protected:
  /// Something arrived: the session looks at everything again.
  void input() { session_->receive({}); }
  void end(const std::string& command) {
    for (FakeEngine::Channel* channel : std::vector(engine_->running)) {
      if (channel->command == command) channel->ended = true;
    }
    input();
  }

  awaitable<std::string> error_of(std::string command) {
    std::string message;
    try {
      static_cast<void>(co_await session_->start(std::move(command), Purpose::Work));
    } catch (const StartError& error) {
      message = error.what();
    }
    co_return message;
  }

  std::shared_ptr<FakeEngine> engine_ = std::make_shared<FakeEngine>();
  std::shared_ptr<SshSession> session_ = std::make_shared<SshSession>(engine_, "'nas'");

  void TearDown() override { session_->fail(std::make_exception_ptr(Error("the test is over"))); }
};

TEST_F(SshSessionTest, OpensNoChannelBeforeTheCommandOfTheLastOneHasItsAnswer) {
  run_virtually([this]() -> awaitable<void> {
    engine_->answering_exec = false;
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      for (const char* command : {"a", "b"}) {
        group.spawn(command, [this, command]() -> awaitable<void> { static_cast<void>(co_await session_->start(command, Purpose::Work)); });
      }
      co_await sleep_for(1ms);
      input();
      EXPECT_THAT(engine_->steps, ElementsAre("open"));
      engine_->answering_exec = true;
      input();
    };
    co_await with_task_group(std::move(body));
    EXPECT_THAT(engine_->steps, ElementsAre("open", "exec a", "open", "exec b"));
  });
}

TEST_F(SshSessionTest, StartsNoCommandThatWasGivenUpBeforeItsTurn) {
  run_virtually([this]() -> awaitable<void> {
    engine_->answering = false;
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      for (const char* command : {"a", "b"}) {
        group.spawn(command, [this, command]() -> awaitable<void> { static_cast<void>(co_await session_->start(command, Purpose::Work)); });
      }
      co_await sleep_for(1ms);
      group.cancel(CancelReason{});
    };
    co_await with_task_group(std::move(body));
    engine_->answering = true;
    input();
    EXPECT_THAT(engine_->steps, ElementsAre("open", "close "));
    EXPECT_EQ(session_->open_channels(), 0U);
  });
}

TEST_F(SshSessionTest, LetsNineChannelsWorkAndTheNextOneWait) {
  run_virtually([this]() -> awaitable<void> {
    std::vector<std::string> order;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 11; ++i) {
        group.spawn("command", [this, &order, i]() -> awaitable<void> {
          const auto channel = co_await session_->start(std::to_string(i), Purpose::Work);
          order.push_back(std::to_string(i));
          static_cast<void>(co_await channel->wait_exit());
        });
      }
      co_await sleep_for(1ms);
      EXPECT_EQ(order.size(), 9U);
      const auto control = co_await session_->start("control", Purpose::Control);
      EXPECT_EQ(engine_->running.size(), 10U);
      end("3");
      co_await sleep_for(1ms);
      EXPECT_EQ(order.back(), "9");
      for (int i = 0; i < 11; ++i) end(std::to_string(i));
      co_await sleep_for(1ms);
      end("9");
      end("10");
    };
    co_await with_task_group(std::move(body));
    EXPECT_EQ(order.back(), "10");
  });
}

TEST_F(SshSessionTest, WaitsForRoomWhereTheServerAllowsFewer) {
  run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    const auto first = co_await session_->start("first", Purpose::Work);
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      group.spawn("second", [this]() -> awaitable<void> { EXPECT_EQ(co_await error_of("second"), ""); });
      co_await sleep_for(20s);
      end("first");
    };
    co_await with_task_group(std::move(body));
    EXPECT_THAT(engine_->steps, ElementsAre("open", "exec first", "open", "close first", "open", "exec second"));
  });
}

TEST_F(SshSessionTest, TriesAgainWhileTheServerMayStillCountOneThatHasEnded) {
  const auto took = run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    engine_->forgets_late = true;
    static_cast<void>(co_await session_->start("first", Purpose::Work));
    end("first");
    EXPECT_EQ(session_->open_channels(), 0U);
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      group.spawn("second", [this]() -> awaitable<void> { EXPECT_EQ(co_await error_of("second"), ""); });
      co_await sleep_for(50ms);
      engine_->forget();
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_EQ(took, 60ms) << "after 4, 8, 16 and 32 ms";
}

TEST_F(SshSessionTest, GivesUpSoonWhenNothingIsOpenAndTheServerDoesNotForget) {
  const auto took = run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    engine_->forgets_late = true;
    static_cast<void>(co_await session_->start("first", Purpose::Work));
    end("first");
    EXPECT_THAT(co_await error_of("second"), HasSubstr("beside 0 that are open"));
  });
  EXPECT_EQ(took, 1020ms);
}

TEST_F(SshSessionTest, GoesOnTryingWhileOthersHaveTheRoom) {
  run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    static_cast<void>(co_await session_->start("first", Purpose::Work));
    end("first");
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      static_cast<void>(co_await session_->start("others", Purpose::Work));
      group.spawn("last", [this]() -> awaitable<void> { EXPECT_EQ(co_await error_of("last"), ""); });
      co_await sleep_for(900ms);
      engine_->forgets_late = true;  // nothing is open when it tries for the last time, and there is no room
      end("others");
      co_await sleep_for(1s);
      engine_->forget();
    };
    co_await with_task_group(std::move(body));
    EXPECT_EQ(engine_->running.at(0)->command, "last");
  });
}

TEST_F(SshSessionTest, TellsOneThatWaitsOfEachChannelThatEnds) {
  run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    static_cast<void>(co_await session_->start("first", Purpose::Work));
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 5; ++i) {
        group.spawn("command", [this]() -> awaitable<void> { EXPECT_EQ(co_await error_of("next"), ""); });
      }
      co_await sleep_for(1s);
      const auto opens = std::count(engine_->steps.begin(), engine_->steps.end(), "open");
      EXPECT_EQ(opens, 6) << "one was taken, five were refused";
      end("first");
      co_await sleep_for(1s);
      EXPECT_EQ(std::count(engine_->steps.begin(), engine_->steps.end(), "open"), opens + 1);
      for (int i = 0; i < 5; ++i) {
        end("next");
        co_await sleep_for(1s);
      }
    };
    co_await with_task_group(std::move(body));
  });
}

TEST_F(SshSessionTest, TellsAnotherWhenTheOneThatWasToldGivesUp) {
  run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    engine_->forgets_late = true;
    static_cast<void>(co_await session_->start("first", Purpose::Work));
    CancelScope given_up;
    auto body = [this, &given_up](TaskGroup& group) -> awaitable<void> {
      group.spawn("second", [this, &given_up]() -> awaitable<void> {
        auto start = [this]() -> awaitable<void> { static_cast<void>(co_await session_->start("second", Purpose::Work)); };
        EXPECT_EQ(co_await with_cancel_scope(given_up, start), ScopeEnd::Cancelled);
      });
      group.spawn("third", [this]() -> awaitable<void> { EXPECT_EQ(co_await error_of("third"), ""); });
      co_await sleep_for(1ms);
      end("first");
      co_await sleep_for(10ms);  // the second has been told, and refused again
      given_up.cancel(CancelReason());
      engine_->forget();
    };
    co_await with_task_group(std::move(body));
    EXPECT_EQ(engine_->running.at(0)->command, "third");
  });
}

TEST_F(SshSessionTest, GivesControlTheNextTurn) {
  run_virtually([this]() -> awaitable<void> {
    engine_->answering = false;
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      for (const char* command : {"a", "b"}) {
        group.spawn(command, [this, command]() -> awaitable<void> { EXPECT_EQ(co_await error_of(command), ""); });
      }
      co_await sleep_for(1ms);
      group.spawn("control", [this]() -> awaitable<void> {
        static_cast<void>(co_await session_->start("control", Purpose::Control));
      });
      co_await sleep_for(1ms);
      engine_->answering = true;
      input();
    };
    co_await with_task_group(std::move(body));
    EXPECT_THAT(engine_->steps, ElementsAre("open", "exec a", "open", "exec control", "open", "exec b"));
  });
}

TEST_F(SshSessionTest, NamesTheSettingWhenNoRoomComes) {
  const auto took = run_virtually([this]() -> awaitable<void> {
    engine_->limit = 1;
    const auto first = co_await session_->start("first", Purpose::Work);
    const std::string message = co_await error_of("second");
    EXPECT_EQ(message, "cannot open a channel to 'nas' beside 1 that are open: refused");
  });
  EXPECT_EQ(took, SshSession::kRefusedLimit);
}

TEST_F(SshSessionTest, DoesNotWaitForRoomWhenNothingIsOpen) {
  run_virtually([this]() -> awaitable<void> {
    engine_->limit = 0;
    EXPECT_THAT(co_await error_of("x"), HasSubstr("beside 0 that are open"));
    engine_->limit = 1;
    EXPECT_EQ(co_await error_of("y"), "");
  });
}

TEST_F(SshSessionTest, StaysUsableWhenACommandIsRefused) {
  run_virtually([this]() -> awaitable<void> {
    EXPECT_EQ(co_await error_of("forbidden"), "cannot start a command on 'nas': no");
    EXPECT_EQ(co_await error_of("allowed"), "");
    EXPECT_THAT(engine_->steps, ElementsAre("open", "exec forbidden", "close ", "open", "exec allowed"));
  });
}

TEST_F(SshSessionTest, FailsEverybodyWithTheSameErrorAndKeepsWhatHadArrived) {
  run_virtually([this]() -> awaitable<void> {
    const auto channel = co_await session_->start("a", Purpose::Work);
    engine_->running[0]->output = "last words";
    input();
    auto body = [this](TaskGroup& group) -> awaitable<void> {
      engine_->answering = false;
      group.spawn("waits", [this]() -> awaitable<void> {
        EXPECT_EQ(co_await error_of("b"), "connection to 'nas' lost: bad packet");
      });
      co_await sleep_for(1ms);
      engine_->broken = true;
      input();
    };
    co_await with_task_group(std::move(body));
    char buffer[100];
    EXPECT_EQ(co_await channel->read_some(SshStream::Output, buffer), 10U);
    std::string message;
    try {
      static_cast<void>(co_await channel->read_some(SshStream::Output, buffer));
    } catch (const StartError& error) {
      message = error.what();
    }
    EXPECT_EQ(message, "connection to 'nas' lost: bad packet");
    const ExitStatus status = co_await channel->wait_exit();
    EXPECT_EQ(status, ExitStatus(Unknown{}));
    EXPECT_EQ(co_await error_of("c"), message);
  });
}

TEST_F(SshSessionTest, HoldsTheWriterBackWhenTheOtherSideTakesNothing) {
  run_virtually([this]() -> awaitable<void> {
    const auto channel = co_await session_->start("a", Purpose::Work);
    engine_->taking = false;
    const std::string much(200000, 'x');
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      bool done = false;
      group.spawn("writer", [&]() -> awaitable<void> {
        EXPECT_TRUE(co_await channel->write(much));
        done = true;
      });
      co_await sleep_for(1ms);
      EXPECT_FALSE(done);
      engine_->taking = true;
      input();
      co_await sleep_for(1ms);
      EXPECT_TRUE(done);
    };
    co_await with_task_group(std::move(body));
    EXPECT_EQ(engine_->written, much);
  });
}

TEST_F(SshSessionTest, StopsReadingWhenNobodyTakesTheData) {
  run_virtually([this]() -> awaitable<void> {
    const auto channel = co_await session_->start("a", Purpose::Work);
    const std::size_t much = 10 * SshChannel::kStreamLimit;
    engine_->running[0]->output.assign(much, 'x');
    input();
    EXPECT_GE(engine_->running[0]->output.size(), much - 2 * SshChannel::kStreamLimit);
    std::vector<char> buffer(100000);
    for (std::size_t got = 0; got < much;) got += co_await channel->read_some(SshStream::Output, buffer);
    EXPECT_EQ(engine_->running[0]->output.size(), 0U);
  });
}

TEST_F(SshSessionTest, LetsOthersRunBetweenReadsOfAChannelThatHasMuchToSay) {
  run_virtually([this]() -> awaitable<void> {
    const auto floods = co_await session_->start("floods", Purpose::Work);
    engine_->running[0]->output.assign(10 * SshChannel::kStreamLimit, 'x');
    input();
    std::size_t got = 0;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("reader", [&]() -> awaitable<void> {
        std::vector<char> buffer(100000);
        while (got < 10 * SshChannel::kStreamLimit) got += co_await floods->read_some(SshStream::Output, buffer);
      });
      while (got == 0) co_await yield_now();
      EXPECT_LT(got, SshChannel::kStreamLimit);
    };
    co_await with_task_group(std::move(body));
  });
}

TEST_F(SshSessionTest, GivesAReaderTheFirstOfTheLastWordsAndDropsTheRest) {
  run_virtually([this]() -> awaitable<void> {
    const auto channel = co_await session_->start("a", Purpose::Work);
    engine_->running[0]->output = "before";
    input();
    std::size_t got = 0;
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("reader", [&]() -> awaitable<void> {
        std::vector<char> buffer(100000);
        while (const std::size_t count = co_await channel->read_some(SshStream::Output, buffer)) got += count;
      });
      while (got == 0) co_await yield_now();
      channel->discard_soon(SshStream::Output);
      FakeEngine::Channel* other_side = engine_->running[0];
      other_side->output.assign(10 * SshChannel::kStreamLimit, 'x');
      input();
      EXPECT_EQ(other_side->output.size(), 0U) << "it is held back by nobody";
      end("a");
      while (!channel->closed()) co_await yield_now();
    };
    co_await with_task_group(std::move(body));
    EXPECT_EQ(got, 6 + SshChannel::kLastWords);
  });
}

}  // namespace
}  // namespace orchestrator::test
