#pragma once
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/host.hpp"
#include "orchestrator/process/process.hpp"
#include "orchestrator/tasks/task.hpp"

namespace orchestrator {

/// Where leftovers go that a stop could not confirm; the run collects them.
using OnLeftovers = std::function<void(std::vector<Leftover>)>;

/// Starts `command` on `host`, runs `body`, an `awaitable<void>(Process&)`, and ends whatever is left of the command,
/// however the body ended. When this returns or throws, the whole tree is gone, or `on_leftovers` has heard of it.
template <class Body>
[[nodiscard]] awaitable<void> with_process(Host& host, Command command, OnLeftovers on_leftovers, Body body) {
  Task& task = task_of(co_await asio::this_coro::executor);
  const std::unique_ptr<Process> process = co_await host.start(std::move(command));
  const TaskHandle handle(task, process->describe());
  std::exception_ptr error;
  try {
    co_await body(*process);
  } catch (...) {
    error = std::current_exception();
  }
  std::vector<Leftover> left = co_await process->stop();
  if (!left.empty() && on_leftovers) on_leftovers(std::move(left));
  if (error) std::rethrow_exception(error);
}

struct RunProcessOptions {
  std::string input{};                                         ///< given to the command's stdin, then its end
  std::function<void(std::string_view)> on_output_line{};  ///< none: the output's tail is kept
  std::function<void(std::string_view)> on_error_line{};   ///< besides the tail that is kept
  std::size_t tail = 64 * 1024;                               ///< bytes kept of each
  OnLeftovers on_leftovers{};
};

struct ProcessResult {
  ExitStatus status;
  std::string output;  ///< last bytes of stdout, unless lines were asked for
  std::string errors;  ///< last bytes of stderr
};

/// How long reading goes on without a byte when a command is gone: what holds the pipes then has got away from it.
inline constexpr Duration kDrainLimit = std::chrono::milliseconds(500);
/// And with any number of them, or until more has come than a pipe or a channel could have held: somebody writes on.
inline constexpr Duration kDrainMost = std::chrono::seconds(30);
inline constexpr std::size_t kDrainMostBytes = 4 * 1024 * 1024;

/// Runs `command` to its end, reading both outputs at the same time, also while it is being stopped. What is left of
/// its group when the main process ends is ended too. A process that left the group and holds an output after that is
/// not waited for longer than `kDrainLimit`, and reported as a leftover.
/// \throws StartError. Cancellation: at any moment, the command's whole group is ended and reaped first.
[[nodiscard]] awaitable<ProcessResult> run_process(Host& host, Command command,
                                                   RunProcessOptions options = RunProcessOptions());

}  // namespace orchestrator
