#include "orchestrator/process/run_process.hpp"

#include <algorithm>

#include "orchestrator/process/tail.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kReadSize = 64 * 1024;

/// One output of the command: to lines, to a tail, or both.
class Collector {
 public:
  Collector(const std::function<void(std::string_view)>& on_line, std::size_t tail) : tail_(tail) {
    if (on_line) lines_.emplace(on_line);
  }

  /// \param on_bytes is told of each piece, when it has been dealt with.
  awaitable<void> collect(ByteSource& source, std::function<void(std::size_t)> on_bytes) {
    std::vector<char> buffer(kReadSize);
    for (;;) {
      const std::size_t count = co_await source.read_some(buffer);
      if (count == 0) break;
      const std::string_view bytes(buffer.data(), count);
      tail_.append(bytes);
      if (lines_) lines_->append(bytes);
      on_bytes(count);
    }
    ended_ = true;
  }

  /// No more will come, whether the end was seen or not.
  void finish() {
    if (lines_) lines_->finish();
  }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::string text() const { return tail_.text(); }

 private:
  Tail tail_;
  std::optional<LineSplitter> lines_;
  bool ended_ = false;
};

/// Reading goes on while the process is being stopped, which is bounded by itself.
ScopeOptions deaf_to_cancellation() {
  ScopeOptions options;
  options.shield = Shield::Full;
  options.kill_limit = std::chrono::hours(24);
  return options;
}

/// One `run_process`: the process, what is read from it, and the scope that bounds reading after its end.
class Running {
 public:
  Running(const Command& command, RunProcessOptions& options)
      : command_(command),
        options_(options),
        output_(options.on_output_line, options.on_output_line ? 0 : options.tail),
        errors_(options.on_error_line, options.tail) {}

  awaitable<void> run(Process& process) {
    clock_ = &task_of(co_await asio::this_coro::executor).clock();
    auto body = [this, &process](TaskGroup& group) -> awaitable<void> {
      auto streams = [this, &process] { return serve_streams(process); };
      group.spawn("streams", std::move(streams));
      std::exception_ptr error;
      try {
        status_ = co_await process.wait();
      } catch (...) {
        error = std::current_exception();
      }
      // Reading goes on meanwhile, or a process with much to say could not end in good order. And what the main process
      // left behind goes first: it may hold the pipes, and their end would never come.
      (void)co_await process.stop();  // with_process asks again, and reports
      given_up_at_ = clock_->now() + kDrainMost;
      streams_.set_limit(kDrainLimit);
      if (error) std::rethrow_exception(error);
    };
    co_await with_task_group(std::move(body));
  }

  [[nodiscard]] ProcessResult result() const { return ProcessResult{status_, output_.text(), errors_.text()}; }

  /// Somebody still had an output open when reading was given up.
  [[nodiscard]] bool held_open() const {
    return gave_up_ && ((command_.output == StreamUse::Pipe && !output_.ended()) ||
                        (command_.errors == StreamUse::Pipe && !errors_.ended()));
  }

 private:
  /// What was said before the end may be much: as long as it comes, somebody who holds the pipe is not the reason.
  void go_on_draining(std::size_t count) {
    if (!given_up_at_) return;
    drained_ += count;
    const Duration rest = drained_ > kDrainMostBytes ? Duration::zero() : *given_up_at_ - clock_->now();
    streams_.set_limit(std::min(kDrainLimit, rest));
  }

  awaitable<void> serve_streams(Process& process) {
    auto body = [this, &process] { return serve_all(process); };
    gave_up_ = co_await with_cancel_scope(streams_, std::move(body)) == ScopeEnd::Cancelled;
    output_.finish();
    errors_.finish();
  }

  awaitable<void> serve_all(Process& process) {
    auto body = [this, &process](TaskGroup& group) -> awaitable<void> {
      if (command_.input == StreamUse::Pipe) {
        auto input = [this, &process] { return feed(process.input()); };
        group.spawn("stdin", std::move(input));
      }
      if (command_.output == StreamUse::Pipe) {
        auto output = [this, &process] { return collect(output_, process.output()); };
        group.spawn("stdout", std::move(output));
      }
      if (command_.errors == StreamUse::Pipe) {
        auto errors = [this, &process] { return collect(errors_, process.errors()); };
        group.spawn("stderr", std::move(errors));
      }
      co_return;
    };
    co_await with_task_group(std::move(body));
  }

  awaitable<void> collect(Collector& collector, ByteSource& source) {
    return collector.collect(source, [this](std::size_t count) { go_on_draining(count); });
  }

  awaitable<void> feed(ByteSink& sink) {
    co_await sink.write(options_.input);  // a command need not read all of it
    co_await sink.close();
  }

  const Command& command_;
  RunProcessOptions& options_;
  Collector output_;
  Collector errors_;
  CancelScope streams_{deaf_to_cancellation()};
  Clock* clock_ = nullptr;
  std::optional<TimePoint> given_up_at_;  // known once the process is gone
  std::size_t drained_ = 0;                // since then
  ExitStatus status_ = Unknown{};
  bool gave_up_ = false;
};

void report_held_open(const Host& host, const Command& command, const OnLeftovers& on_leftovers) {
  if (!on_leftovers) return;
  std::vector<Leftover> left;
  left.push_back(Leftover{host.name(), "", describe(command.program), "a process that left its group holds its output"});
  on_leftovers(std::move(left));
}

}  // namespace

awaitable<ProcessResult> run_process(Host& host, Command command, RunProcessOptions options) {
  if (!options.input.empty()) command.input = StreamUse::Pipe;
  Running running(command, options);
  auto body = [&running](Process& process) { return running.run(process); };
  std::exception_ptr error;
  try {
    co_await with_process(host, command, options.on_leftovers, std::move(body));
  } catch (const StartError&) {
    throw;
  } catch (...) {
    error = std::current_exception();
  }
  if (running.held_open()) report_held_open(host, command, options.on_leftovers);
  if (error) std::rethrow_exception(error);
  co_return running.result();
}

}  // namespace orchestrator
