#pragma once
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "ssh/ssh_host.hpp"
#include "tests/support/real_loop.hpp"
#include "tests/support/sshd.hpp"
#include "tests/support/tidy_test.hpp"

namespace orchestrator::test {

using namespace std::chrono_literals;

/// Runs `body`, an `awaitable<void>(SshHost&)`, with a host that closes its connection afterwards.
template <class Body>
awaitable<void> with_ssh_host(HostSettings settings, SshLinkOptions options, Body body) {
  auto in_group = [settings, options, &body](TaskGroup& connections) -> awaitable<void> {
    SshHost host(settings, connections, options);
    std::exception_ptr error;
    try {
      co_await body(host);
    } catch (...) {
      error = std::current_exception();
    }
    host.close();
    if (error) std::rethrow_exception(error);
  };
  co_await with_task_group(std::move(in_group));
}

[[nodiscard]] inline Command command_of(std::vector<std::string> words) {
  Command command;
  command.program = ArgumentVector{std::move(words)};
  return command;
}

[[nodiscard]] inline Command shell_of(std::string text) {
  Command command;
  command.program = ShellScript{std::move(text)};
  return command;
}

[[nodiscard]] inline Command raw_of(std::string text) {
  Command command;
  command.program = RawShellString{std::move(text)};
  return command;
}

/// Processes of this machine, zombies left out, whose environment has "MARK=" and the mark.
[[nodiscard]] inline std::vector<pid_t> marked_processes(const std::string& mark) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream environment(entry.path() / "environ", std::ios::binary);
    std::string all;
    std::getline(environment, all, '\x01');  // a process that ends meanwhile is an error that throws elsewhere
    if (all.find("MARK=" + mark) != std::string::npos) found.push_back(std::stoi(name));
  }
  return found;
}

/// A ladder that is quick to come to its end.
[[nodiscard]] inline StopLadder short_ladder() {
  StopLadder ladder;
  ladder.rungs = {StopRung{"TERM", 200ms}, StopRung{"KILL", 0ms}};
  return ladder;
}

/// An error that was expected.
struct Caught {
  std::optional<StartFailure> failure;
  std::string message;
  std::string remedy;
};

/// What starting `command` throws; nothing when it starts.
inline awaitable<Caught> start_error_of(Host& host, Command command) {
  Caught caught;
  try {
    static_cast<void>(co_await run_process(host, std::move(command)));
  } catch (const StartError& error) {
    caught = Caught{error.failure(), error.what(), error.remedy()};
  }
  co_return caught;
}

class SshTest : public TidyTest {
 protected:
  template <class Body>
  void run_on(const HostSettings& settings, Body body, Duration bound = kTestTimeout) {
    run_with(settings, SshLinkOptions(), std::move(body), bound);
  }

  template <class Body>
  void run_with(const HostSettings& settings, const SshLinkOptions& options, Body body, Duration bound = kTestTimeout) {
    run_for_real([&] { return with_ssh_host(settings, options, body); }, bound);
  }

  /// What connecting to it throws.
  Caught connect_error(const HostSettings& settings, const SshLinkOptions& options = SshLinkOptions()) {
    Caught caught;
    run_with(settings, options, [&caught](SshHost& host) -> awaitable<void> {
      Command command = command_of({"true"});
      caught = co_await start_error_of(host, std::move(command));
    });
    return caught;
  }
};

}  // namespace orchestrator::test
