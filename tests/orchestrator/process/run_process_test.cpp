#include "orchestrator/process/run_process.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "orchestrator/tasks/task_group.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"

namespace orchestrator {
namespace {

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long value = 0;
    if (word == "VmRSS:" && status >> value) return value;
  }
  return -1;
}

using test::command_of;
using test::shell;

class RunProcess : public test::LocalTest {
 protected:
  ProcessResult run(Command command, RunProcessOptions options = RunProcessOptions()) {
    ProcessResult result;
    auto body = [&]() -> awaitable<void> { result = co_await run_process(host_, std::move(command), std::move(options)); };
    loop_.run(std::move(body));
    return result;
  }
};

TEST_F(RunProcess, GivesStatusAndBothOutputs) {
  const ProcessResult result = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.status, ExitStatus(Exited{3}));
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST_F(RunProcess, TellsExitCode9FromKilledBySignal9) {
  EXPECT_EQ(run(shell("exit 9")).status, ExitStatus(Exited{9}));
  EXPECT_EQ(run(shell("kill -9 $$")).status, ExitStatus(Signalled{"KILL", false}));
}

TEST_F(RunProcess, EndsWhatTheMainProcessLeftInItsGroup) {
  const ProcessResult result = run(shell("sleep 1000 & echo started"));
  EXPECT_EQ(result.status, ExitStatus(Exited{0}));
  EXPECT_EQ(result.output, "started\n");
}

TEST_F(RunProcess, GivesLinesAsTheyComeAndTheTailOfTheOtherOutput) {
  std::vector<std::string> lines;
  RunProcessOptions options;
  options.on_output_line = [&](std::string_view line) { lines.emplace_back(line); };
  options.tail = 6;
  const ProcessResult result = run(shell("echo one; echo two; printf three; echo a long story >&2"), options);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.errors, "story\n");
}

TEST_F(RunProcess, IsContentWithACommandThatReadsNoneOfItsInput) {
  RunProcessOptions options;
  options.input = std::string(1'000'000, 'x');
  EXPECT_EQ(run(command_of({"true"}), options).status, ExitStatus(Exited{0}));
}

TEST_F(RunProcess, SucceedsWhenWhatIsLeftOfTheCommandWasNotReadingItsInput) {
  RunProcessOptions options;
  options.input = std::string(1'000'000, 'x');
  const ProcessResult result = run(shell("sleep 1000 & exit 0"), options);
  EXPECT_EQ(result.status, ExitStatus(Exited{0}));
}

TEST_F(RunProcess, GivesItsInputWhileItReadsTheOutput) {
  RunProcessOptions options;
  options.input = std::string(1'000'000, 'x');
  options.tail = 10'000'000;
  EXPECT_EQ(run(command_of({"cat"}), options).output.size(), 1'000'000U);
}

TEST_F(RunProcess, GoesOnWhenACommandClosesItsOutputsAndLives) {
  EXPECT_EQ(run(shell("exec >&- 2>&-; sleep 0.05; exit 4")).status, ExitStatus(Exited{4}));
}

TEST_F(RunProcess, ReadsWithoutBoundButKeepsNoMoreThanItsTail) {
  const long before = resident_kib();
  const ProcessResult result = run(command_of({test::actor("floods").string(), "256"}));
  EXPECT_TRUE(succeeded(result.status));
  EXPECT_EQ(result.output.size(), RunProcessOptions().tail);
  EXPECT_EQ(result.errors.size(), RunProcessOptions().tail);
  EXPECT_LT(resident_kib() - before, 64 * 1024);
}

TEST_F(RunProcess, SlowsDownACommandThatNobodyReads) {
  Command command = command_of({test::actor("floods").string(), "256"});
  const long before = resident_kib();
  auto body = [&]() -> awaitable<void> {
    auto work = [](Process& process) -> awaitable<void> {
      // Nobody reads stderr meanwhile: there the command waits, and what it could not write is nowhere.
      std::vector<char> buffer(1 << 16);
      std::size_t read = 0;
      while (read < std::size_t{256} << 20) read += co_await process.output().read_some(buffer);
      const std::string rest = co_await read_tail(process.errors(), 10);
      EXPECT_EQ(rest, "xxxxxxxxxx");
    };
    co_await with_process(host_, std::move(command), nullptr, std::move(work));
  };
  loop_.run(std::move(body));
  EXPECT_LT(resident_kib() - before, 64 * 1024);
}

TEST_F(RunProcess, CopiesAStreamUntilItsReaderHasEnough) {
  auto body = [&]() -> awaitable<void> {
    auto produce = [&](Process& producer) -> awaitable<void> {
      auto consume = [&](Process& consumer) -> awaitable<void> {
        co_await copy_stream(producer.output(), consumer.input());
        const std::string text = co_await read_tail(consumer.output(), 100);
        EXPECT_EQ(text, "y\ny\n");
      };
      Command head = command_of({"head", "-n", "2"});
      head.input = StreamUse::Pipe;
      co_await with_process(host_, std::move(head), nullptr, std::move(consume));
    };
    Command yes = command_of({"yes"});
    co_await with_process(host_, std::move(yes), nullptr, std::move(produce));
  };
  loop_.run(std::move(body));
}

TEST_F(RunProcess, RunsTwoHundredCommandsAtOnce) {
  int succeeded_count = 0;
  auto body = [&]() -> awaitable<void> {
    auto tasks = [&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < 200; ++i) {
        auto one = [&]() -> awaitable<void> {
          Command command = shell("sleep 0.05 & echo x");
          const ProcessResult result = co_await run_process(host_, std::move(command));
          if (result.output == "x\n") ++succeeded_count;
        };
        group.spawn("command " + std::to_string(i), std::move(one));
      }
      co_return;
    };
    co_await with_task_group(std::move(tasks));
  };
  loop_.run(std::move(body));
  EXPECT_EQ(succeeded_count, 200);
}

TEST_F(RunProcess, GivesItsInputToTheCommand) {
  RunProcessOptions options;
  options.input = std::string(1'000'000, 'x');
  EXPECT_EQ(run(command_of({"wc", "-c"}), options).output, "1000000\n");
}

}  // namespace
}  // namespace orchestrator
