// remote_cancel: how soon commands on one connection to a real sshd on loopback are confirmed to be gone.
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "ssh/ssh_host.hpp"
#include "tests/benchmarks/measurement.hpp"
#include "tests/support/sshd.hpp"

namespace {

using namespace orchestrator;
using bench::Clock;
using bench::milliseconds_since;

constexpr int kRounds = 11;
constexpr int kMostCommands = 100;

Command sleeps() {
  Command command;
  ArgumentVector program;
  program.words.assign({"sleep", "1000"});
  command.program = std::move(program);
  command.output = StreamUse::Null;
  command.errors = StreamUse::Null;
  return command;
}

/// Runs `count` commands until all of them have been started, and cancels them. \return how long that took.
awaitable<double> cancel_round(SshHost& host, int count, int& leftovers) {
  int started = 0;
  Clock::time_point begin;
  CancelScope scope;
  auto work = [&]() -> awaitable<void> {
    auto collect = [&leftovers](std::vector<Leftover> left) { leftovers += static_cast<int>(left.size()); };
    auto one = [&]() -> awaitable<void> {
      auto body = [&](Process& process) -> awaitable<void> {
        if (++started == count) {
          begin = Clock::now();
          scope.cancel(CancelReason{});
        }
        (void)co_await process.wait();
      };
      co_await with_process(host, sleeps(), collect, std::move(body));
    };
    auto all = [&](TaskGroup& group) -> awaitable<void> {
      for (int i = 0; i < count; ++i) group.spawn("command", one);
      co_return;
    };
    co_await with_task_group(std::move(all));
  };
  (void)co_await with_cancel_scope(scope, std::move(work));
  co_return milliseconds_since(begin);
}

awaitable<void> measure(bench::Measurements& all, SshHost& host, int count, double bound) {
  std::vector<double> times;
  int leftovers = 0;
  for (int round = 0; round < kRounds; ++round) {
    const double time = co_await cancel_round(host, count, leftovers);
    times.push_back(time);
  }
  all.report("cancel of " + std::to_string(count) + " remote commands on one connection", std::move(times), bound);
  if (leftovers > 0) all.fail(std::to_string(leftovers) + " of them could not be seen to be gone");
}

}  // namespace

int main() {
  test::SshdOptions options;
  options.lines = {"MaxSessions 200"};
  test::Sshd sshd(options);
  HostSettings settings = sshd.host();
  settings.max_sessions = kMostCommands + 1;
  bench::Measurements measurements;
  Loop loop;
  auto all = [&]() -> awaitable<void> {
    auto connected = [&](TaskGroup& connections) -> awaitable<void> {
      SshHost host(settings, connections);
      // Two round trips belong to each bound; on loopback they take no time.
      co_await measure(measurements, host, 1, 30);
      co_await measure(measurements, host, kMostCommands, 250);
      host.close();
    };
    co_await with_task_group(std::move(connected));
  };
  loop.run("remote cancel", std::move(all));
  return measurements.exit_code();
}
