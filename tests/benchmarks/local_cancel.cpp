// local_cancel KEEPERS_FOLDER SWARM: what keeping a command costs here, and how fast everything is gone.
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "orchestrator/process/launch.hpp"
#include "orchestrator/process/local_host.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "tests/benchmarks/measurement.hpp"

namespace {

using namespace orchestrator;
using bench::Clock;
using bench::median;
using bench::milliseconds_since;

std::string swarm_program;

Command command_of(std::vector<std::string> words) {
  Command command;
  ArgumentVector program;
  program.words = std::move(words);
  command.program = std::move(program);
  command.environment["PATH"] = "/usr/bin:/bin";
  command.output = StreamUse::Null;
  command.errors = StreamUse::Null;
  return command;
}

Command swarm(const std::string& how, int count) {
  Command command = command_of({swarm_program, how, std::to_string(count), "bench"});
  command.output = StreamUse::Pipe;
  return command;
}

awaitable<void> wait_for_ready(Process& process) {
  std::vector<char> buffer(16);
  (void)co_await process.output().read_some(buffer);
}

std::string state_folder() { return "/tmp/orchestratord-bench-" + std::to_string(::getpid()); }

/// Starting and ending `true` with nobody to keep it.
double bare_command() {
  LaunchSpec spec;
  spec.candidates.assign({"/bin/true"});
  spec.words.assign({"true"});
  const Clock::time_point begin = Clock::now();
  auto launched = launch(spec);
  ::waitpid(std::get<Launched>(launched).pid, nullptr, 0);
  return milliseconds_since(begin);
}

void measure_overhead(bench::Measurements& all, Loop& loop, LocalHost& host, const std::string& what) {
  constexpr int kTimes = 300;
  std::vector<double> bare;
  std::vector<double> kept;
  auto body = [&]() -> awaitable<void> {
    for (int i = 0; i < kTimes + 20; ++i) {
      const double alone = bare_command();
      Command command = command_of({"/bin/true"});
      const Clock::time_point begin = Clock::now();
      const ProcessResult result = co_await run_process(host, std::move(command));
      (void)result;
      if (i < 20) continue;
      kept.push_back(milliseconds_since(begin));
      bare.push_back(alone);
    }
  };
  loop.run("overhead", std::move(body));
  const double base = median(bare);
  for (double& time : kept) time -= base;
  all.report("overhead of a command " + what, std::move(kept), 1.5);
}

void measure_cancel(bench::Measurements& all, Loop& loop, LocalHost& host, int count, double bound, const std::string& what) {
  std::vector<double> times;
  for (int i = 0; i < 11; ++i) {
    Clock::time_point begin;
    auto body = [&]() -> awaitable<void> {
      auto until_ready = [&](Process& process) -> awaitable<void> {
        co_await wait_for_ready(process);
        begin = Clock::now();
      };
      // The main process is one of them.
      Command command = swarm("group", count - 1);
      if (count == 1) {
        command = command_of({"/bin/sh", "-c", "echo ready; exec sleep 1000"});
        command.output = StreamUse::Pipe;
      }
      co_await with_process(host, std::move(command), nullptr, std::move(until_ready));
    };
    loop.run("cancel", std::move(body));
    times.push_back(milliseconds_since(begin));
  }
  all.report("cancel of " + std::to_string(count) + " that obey TERM " + what, std::move(times), bound);
}

[[noreturn]] void orchestrate(const std::string& how, int count, bool cgroups, int ready) {
  Loop loop;
  LocalHost host(loop, state_folder(), LocalHostOptions{cgroups});
  auto work = [&]() -> awaitable<void> {
    auto body = [&](Process& process) -> awaitable<void> {
      co_await wait_for_ready(process);
      (void)!::write(ready, "r", 1);
      (void)co_await process.wait();
    };
    Command command = swarm(how, count);
    co_await with_process(host, std::move(command), nullptr, std::move(body));
  };
  loop.run("orchestrator", std::move(work));
  std::_Exit(1);
}

double killed_orchestrator(const std::string& how, int count, bool cgroups) {
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) < 0) std::abort();
  const pid_t pid = ::fork();
  if (pid == 0) orchestrate(how, count, cgroups, ready[1]);
  ::close(ready[1]);
  char byte = 0;
  if (::read(ready[0], &byte, 1) != 1) std::abort();
  ::close(ready[0]);
  const Clock::time_point begin = Clock::now();
  ::kill(pid, SIGKILL);
  // We are the subreaper: whoever is left would be a child.
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  return milliseconds_since(begin);
}

void measure_kill(bench::Measurements& all, const std::string& how, int count, bool cgroups, const std::string& what) {
  std::vector<double> times;
  for (int i = 0; i < 5; ++i) times.push_back(killed_orchestrator(how, count, cgroups));
  all.report("orchestrator killed, " + std::to_string(count) + " of '" + how + "' " + what, std::move(times), 1000);
}

void measure_running(bench::Measurements& all, bool cgroups, const std::string& what) {
  Loop loop;
  LocalHost host(loop, state_folder(), LocalHostOptions{cgroups});
  measure_overhead(all, loop, host, what);
  measure_cancel(all, loop, host, 1, 20, what);
  measure_cancel(all, loop, host, 100, 60, what);
  measure_cancel(all, loop, host, 1000, 400, what);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  ::setenv("ORCHESTRATOR_LIBEXEC", words[1], 1);
  swarm_program = words[2];
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  bench::Measurements all;
  for (const bool cgroups : {true, false}) {
    const std::string what = cgroups ? "(cgroup)" : "(none)";
    // Before any loop of this process: these fork.
    measure_kill(all, "group", 1000, cgroups, what);
    measure_kill(all, "escape", 1000, cgroups, what);
    measure_kill(all, "chain", 2, cgroups, what);
  }
  measure_running(all, true, "(cgroup)");
  measure_running(all, false, "(none)");
  return all.exit_code();
}
