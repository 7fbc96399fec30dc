// Cancelling a command at every moment of its life. The fixture sees that nothing is left each time.
#include <gtest/gtest.h>

#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"

namespace orchestrator {
namespace {

using test::command_of;
using test::shell;
using std::chrono::hours;

class CancelledCommand : public test::LocalTest {
 protected:
  /// Runs the command in a scope; `on_line` may cancel it. \return how the scope ended.
  ScopeEnd run(Command command, std::function<void(CancelScope&, std::string_view)> on_line) {
    ScopeEnd end = ScopeEnd::Finished;
    auto body = [&]() -> awaitable<void> {
      CancelScope scope;
      auto work = [&]() -> awaitable<void> {
        RunProcessOptions options;
        options.on_output_line = [&](std::string_view line) {
          lines_.emplace_back(line);
          on_line(scope, line);
        };
        options.on_leftovers = [this](std::vector<Leftover> left) { leftovers_ = std::move(left); };
        result_ = co_await run_process(host_, std::move(command), std::move(options));
      };
      end = co_await with_cancel_scope(scope, std::move(work));
    };
    loop_.run(std::move(body));
    return end;
  }

  static void cancel_when_ready(CancelScope& scope, std::string_view line) {
    if (line == "ready") scope.cancel(CancelReason{});
  }

  std::vector<std::string> lines_;
  std::vector<Leftover> leftovers_;
  std::optional<ProcessResult> result_;
};

/// No test is that patient: it ends only when nobody waits for the grace. Its commands start no children that
/// must hear TERM: one that is between fork and exec would catch it with the handler of its parent, and forget it.
StopLadder patient() {
  StopLadder ladder;
  ladder.rungs.assign({StopRung{"TERM", hours(1)}, StopRung{"KILL", {}}});
  return ladder;
}

StopLadder impatient() {
  StopLadder ladder;
  ladder.rungs.assign({StopRung{"TERM", std::chrono::milliseconds(20)}, StopRung{"KILL", {}}});
  return ladder;
}

TEST_F(CancelledCommand, IsNotStartedWhenItsScopeIsCancelledBefore) {
  auto body = [&]() -> awaitable<void> {
    CancelScope scope;
    scope.cancel(CancelReason{});
    auto work = [&]() -> awaitable<void> {
      Command command = shell("touch " + (directory_.path() / "started").string());
      RunProcessOptions options;
      options.on_leftovers = [this](std::vector<Leftover> left) { leftovers_ = std::move(left); };
      const ProcessResult result = co_await run_process(host_, std::move(command), std::move(options));
      (void)result;
    };
    const ScopeEnd end = co_await with_cancel_scope(scope, std::move(work));
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  };
  loop_.run(std::move(body));
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "started"));
  EXPECT_TRUE(leftovers_.empty());
}

TEST_F(CancelledCommand, LeavesNothingAtWhateverTurnOfTheLoopItIsCancelled) {
  for (int turns = 0; turns < 40; ++turns) {
    auto body = [&]() -> awaitable<void> {
      CancelScope scope;
      auto work = [&]() -> awaitable<void> {
        auto tasks = [&](TaskGroup& group) -> awaitable<void> {
          auto canceller = [&]() -> awaitable<void> {
            for (int i = 0; i < turns; ++i) co_await yield_now();
            scope.cancel(CancelReason{});
          };
          group.spawn("canceller", std::move(canceller));
          Command command = shell("echo begun; sleep 1000 & sleep 1000");
          const ProcessResult result = co_await run_process(host_, std::move(command));
          (void)result;
        };
        co_await with_task_group(std::move(tasks));
      };
      const ScopeEnd end = co_await with_cancel_scope(scope, std::move(work));
      EXPECT_EQ(end, ScopeEnd::Cancelled);
    };
    loop_.run(std::move(body));
  }
}

TEST_F(CancelledCommand, EndsByTermWhileItIsWaitedFor) {
  Command command = shell("trap 'echo term; exit 0' TERM; echo ready; while :; do :; done");
  command.stop = patient();
  EXPECT_EQ(run(std::move(command), cancel_when_ready), ScopeEnd::Cancelled);
  EXPECT_EQ(lines_, (std::vector<std::string>{"ready", "term"}));
}

TEST_F(CancelledCommand, IsReadToItsEndWhileItStops) {
  Command command = shell("trap 'head -c 1000000 /dev/zero | tr \"\\0\" \"\\n\"; exit 0' TERM; echo ready; while :; do :; done");
  command.stop = patient();
  EXPECT_EQ(run(std::move(command), cancel_when_ready), ScopeEnd::Cancelled);
  EXPECT_EQ(lines_.size(), 1'000'001U);
}

TEST_F(CancelledCommand, IsKilledWhenItIgnoresTerm) {
  Command command = shell("trap '' TERM; echo ready; sleep 1000");
  command.stop = impatient();
  EXPECT_EQ(run(std::move(command), cancel_when_ready), ScopeEnd::Cancelled);
}

TEST_F(CancelledCommand, HearsTermThoughItIsStopped) {
  Command command = shell("echo ready; kill -STOP $$; sleep 1000");
  command.stop = patient();
  EXPECT_EQ(run(std::move(command), cancel_when_ready), ScopeEnd::Cancelled);
}

TEST_F(CancelledCommand, IsKilledAtOnceAtLevelKill) {
  Command command = shell("trap '' TERM; echo ready; sleep 1000");
  command.stop = patient();
  auto kill = [](CancelScope& scope, std::string_view) { scope.cancel(CancelReason{}, CancelLevel::Kill); };
  EXPECT_EQ(run(std::move(command), kill), ScopeEnd::Cancelled);
}

TEST_F(CancelledCommand, LosesItsGraceWhenTheLevelRisesToKill) {
  Command command = shell("trap 'echo term' TERM; echo ready; while :; do sleep 1000 & wait; done");
  command.stop = patient();
  auto cancel = [](CancelScope& scope, std::string_view line) {
    scope.cancel(CancelReason{}, line == "term" ? CancelLevel::Kill : CancelLevel::Stop);
  };
  EXPECT_EQ(run(std::move(command), cancel), ScopeEnd::Cancelled);
  EXPECT_EQ(lines_, (std::vector<std::string>{"ready", "term"}));
}

TEST_F(CancelledCommand, KeepsItsGraceWhenItIsCancelledAgainAtTheSameLevel) {
  Command command = shell("trap 'echo term; sleep 0.05; echo done; exit 0' TERM; echo ready; while :; do :; done");
  command.stop = patient();
  auto cancel = [](CancelScope& scope, std::string_view) { scope.cancel(CancelReason{}); };
  EXPECT_EQ(run(std::move(command), cancel), ScopeEnd::Cancelled);
  EXPECT_EQ(lines_, (std::vector<std::string>{"ready", "term", "done"}));
}

TEST_F(CancelledCommand, EndsWithAnEscapeeThatHoldsItsOutput) {
  Command command = command_of({test::actor("escapes").string()});
  command.stop = patient();
  auto nothing = [](CancelScope&, std::string_view) {};
  EXPECT_EQ(run(std::move(command), nothing), ScopeEnd::Finished);
  EXPECT_TRUE(leftovers_.empty());
}

TEST_F(CancelledCommand, EndsAtItsDeadline) {
  auto body = [&]() -> awaitable<void> {
    auto work = [&]() -> awaitable<void> {
      Command command = command_of({"sleep", "1000"});
      const ProcessResult result = co_await run_process(host_, std::move(command));
      (void)result;
    };
    const ScopeEnd end = co_await with_limit(std::chrono::milliseconds(20), std::move(work));
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  };
  loop_.run(std::move(body));
}

TEST_F(CancelledCommand, EndsWhenASiblingFails) {
  auto body = [&]() -> awaitable<void> {
    auto tasks = [&](TaskGroup& group) -> awaitable<void> {
      auto fails = [&]() -> awaitable<void> {
        Command command = command_of({"true"});
        const ProcessResult result = co_await run_process(host_, std::move(command));
        if (succeeded(result.status)) throw Error("sibling failed");
      };
      auto goes_on = [&]() -> awaitable<void> {
        Command command = command_of({"sleep", "1000"});
        const ProcessResult result = co_await run_process(host_, std::move(command));
        (void)result;
      };
      group.spawn("fails", std::move(fails));
      group.spawn("goes on", std::move(goes_on));
      co_return;
    };
    co_await with_task_group(std::move(tasks));
  };
  EXPECT_THROW(loop_.run(std::move(body)), TaskGroupError);
}

TEST_F(CancelledCommand, EndsWhenItsReaderThrows) {
  auto throws = [](CancelScope&, std::string_view) { throw Error("cannot make sense of it"); };
  EXPECT_THROW((void)run(shell("echo what; sleep 1000"), throws), TaskGroupError);
}

TEST_F(CancelledCommand, TakesAHundredDescendantsWithIt) {
  Command command = shell("for i in $(seq 100); do sleep 1000 & done; echo ready; wait");
  command.stop = impatient();
  EXPECT_EQ(run(std::move(command), cancel_when_ready), ScopeEnd::Cancelled);
}

TEST_F(CancelledCommand, EndsWithItsDescendantsThatIgnoreTermThoughItDoesNot) {
  Command command = shell("sh -c 'trap \"\" TERM; echo ready; while :; do sleep 1000; done' & wait");
  command.stop = impatient();
  EXPECT_EQ(run(std::move(command), cancel_when_ready), ScopeEnd::Cancelled);
}

TEST_F(CancelledCommand, EndsThoughItHasClosedItsOutputs) {
  auto body = [&]() -> awaitable<void> {
    CancelScope scope;
    auto work = [&]() -> awaitable<void> {
      Command command = shell("exec >&- 2>&-; sleep 1000");
      auto read_then_cancel = [&](Process& process) -> awaitable<void> {
        const std::string nothing = co_await read_tail(process.output(), 10);
        EXPECT_EQ(nothing, "");
        scope.cancel(CancelReason{});
        (void)co_await process.wait();
      };
      co_await with_process(host_, std::move(command), nullptr, std::move(read_then_cancel));
    };
    const ScopeEnd end = co_await with_cancel_scope(scope, std::move(work));
    EXPECT_EQ(end, ScopeEnd::Cancelled);
  };
  loop_.run(std::move(body));
}

}  // namespace
}  // namespace orchestrator
