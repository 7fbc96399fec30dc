// local_cancel KEEPERS_FOLDER SWARM cancel COUNT       COUNT processes that obey TERM, until all are reaped
// local_cancel KEEPERS_FOLDER SWARM killed HOW COUNT   an orchestrator with a swarm of theirs is killed, until all are gone
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "orchestrator/process/local_host.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace {

using namespace orchestrator;

Command command_of(std::vector<std::string> words) {
  Command command;
  ArgumentVector program;
  program.words = std::move(words);
  command.program = std::move(program);
  command.environment["PATH"] = "/usr/bin:/bin";
  command.errors = StreamUse::Null;
  return command;
}

awaitable<void> wait_for_ready(Process& process) {
  std::vector<char> buffer(16);
  (void)co_await process.output().read_some(buffer);
}

std::string state_folder() { return "/tmp/orchestratord-bench-" + std::to_string(::getpid()); }

void cancel(const std::string& swarm, int count, bench::Stopwatch& watch) {
  Loop loop;
  LocalHost host(loop, state_folder());
  auto work = [&]() -> awaitable<void> {
    auto until_ready = [&](Process& process) -> awaitable<void> {
      co_await wait_for_ready(process);
      watch.restart();
    };
    // The main process is one of them.
    Command command = command_of({swarm, "group", std::to_string(count - 1), "bench"});
    if (count == 1) command = command_of({"/bin/sh", "-c", "echo ready; exec sleep 1000"});
    auto left = [](const std::vector<Leftover>&) { std::abort(); };
    co_await with_process(host, std::move(command), left, std::move(until_ready));
  };
  loop.run("cancel", std::move(work));
  watch.stop();
}

[[noreturn]] void orchestrate(Command command, int ready) {
  Loop loop;
  LocalHost host(loop, state_folder());
  auto work = [&]() -> awaitable<void> {
    auto body = [&](Process& process) -> awaitable<void> {
      co_await wait_for_ready(process);
      (void)!::write(ready, "r", 1);
      (void)co_await process.wait();
    };
    co_await with_process(host, std::move(command), nullptr, std::move(body));
  };
  loop.run("orchestrator", std::move(work));
  std::_Exit(1);
}

void killed(Command command, bench::Stopwatch& watch) {
  // Whoever is left becomes a child of ours.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::array<int, 2> ready{};
  if (::pipe(ready.data()) < 0) std::abort();
  const pid_t pid = ::fork();
  if (pid == 0) orchestrate(std::move(command), ready[1]);
  ::close(ready[1]);
  char byte = 0;
  if (::read(ready[0], &byte, 1) != 1) std::abort();
  watch.restart();
  ::kill(pid, SIGKILL);
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  watch.stop();
}

}  // namespace

int main(int count, char** words) {
  if (count < 5) return 2;
  ::setenv("ORCHESTRATOR_LIBEXEC", words[1], 1);
  const std::string swarm = words[2];
  bench::Stopwatch watch;
  if (std::string(words[3]) == "cancel") {
    cancel(swarm, std::atoi(words[4]), watch);
  } else if (count == 6) {
    killed(command_of({swarm, words[4], words[5], "bench"}), watch);
  }
  std::filesystem::remove_all(state_folder());
  watch.print();
  return 0;
}
