#pragma once
#include <csignal>
#include <functional>
#include <string>
#include <unistd.h>

#include "orchestrator/process/local_host.hpp"
#include "orchestrator/process/process_tree.hpp"
#include "orchestrator/process/run_process.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"
#include "tests/support/program_run.hpp"

namespace orchestrator::test {

/// A word that every process of a swarm has among its own.
[[nodiscard]] inline std::string swarm_mark() { return "swarm-of-" + std::to_string(::getpid()); }

/// tests/actors/swarm.cpp
[[nodiscard]] inline Command swarm(const std::string& how, int count) {
  return command_of({actor("swarm").string(), how, std::to_string(count), swarm_mark()});
}

/// One that leaves its swarm behind and ends well.
[[nodiscard]] inline Command leaves_swarm(const std::string& how, int count) {
  const Command left = swarm(how, count);
  return shell("{ " + describe(left.program) + " & } | head -n 1");
}

[[nodiscard]] inline awaitable<void> wait_for_ready(Process& process) {
  std::string text;
  std::vector<char> buffer(100);
  while (text.find("ready") == std::string::npos) {
    const std::size_t count = co_await process.output().read_some(buffer);
    if (count == 0) throw Error("the swarm ended with '" + text + "'");
    text.append(buffer.data(), count);
  }
}

[[nodiscard]] inline pid_t pid_of(const Process& process) {
  return static_cast<pid_t>(std::stoi(process.trace().group));
}

[[nodiscard]] inline pid_t keeper_of(const Process& process) { return process_stat(pid_of(process))->parent; }

[[nodiscard]] inline StopLadder short_ladder() {
  StopLadder ladder;
  ladder.rungs.assign({StopRung{"TERM", std::chrono::milliseconds(20)}, StopRung{"KILL", {}}});
  return ladder;
}

}  // namespace orchestrator::test
