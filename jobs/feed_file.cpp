#include "jobs/feed_file.hpp"

#include "jobs/local_environment.hpp"
#include "orchestrator/process/tail.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

namespace {

/// Of what the reader says; it says one line.
constexpr std::size_t kReaderTail = 4096;

/// From the reader of the file to the command, until one of them has enough.
awaitable<void> feed(Process& reader, Process& process, const std::string& file) {
  std::vector<char> buffer(64UL * 1024);
  for (;;) {
    const std::size_t count = co_await reader.output().read_some(buffer);
    if (count == 0) break;
    const bool taken = co_await process.input().write(std::string_view(buffer.data(), count));
    if (!taken) co_return;
  }
  Tail errors(kReaderTail);
  std::function<void(std::string_view)> keep = [&errors](std::string_view line) { errors.append(line); };
  co_await read_lines(reader.errors(), std::move(keep));
  const ExitStatus status = co_await reader.wait();
  if (!succeeded(status)) {
    throw Error("cannot read the stdin_file '" + file + "': " + errors.text(), "check the file and its permissions");
  }
  co_await process.input().close();
}

awaitable<ExitStatus> run_beside(Process& reader, Process& process, const std::string& file, StreamHandlers handlers) {
  ExitStatus status = Unknown{};
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("standard input", [&] { return feed(reader, process, file); });
    status = co_await read_streams(process, std::move(handlers));
    group.cancel(CancelReason{CancelCause::Operator, "the command has ended"});
  };
  co_await with_task_group(std::move(body));
  co_return status;
}

}  // namespace

awaitable<ExitStatus> run_with_file(JobContext& context, Host& host, Command command,
                                    std::string file, StreamHandlers handlers) {
  Host& here = context.host("");
  const OnLeftovers on_leftovers = [&context](std::vector<Leftover> left) {
    context.leftovers(std::move(left));
  };
  ArgumentVector cat;
  cat.words = {"cat", "--", file};
  Command reading;
  reading.program = std::move(cat);
  reading.environment = base_environment(here);
  reading.stop = context.stop_ladder();
  command.input = StreamUse::Pipe;

  ExitStatus status = Unknown{};
  auto with_reader = [&](Process& reader) -> awaitable<void> {
    auto with_command = [&](Process& process) -> awaitable<void> {
      status = co_await run_beside(reader, process, file, std::move(handlers));
    };
    co_await with_process(host, std::move(command), on_leftovers, std::move(with_command));
  };
  co_await with_process(here, std::move(reading), on_leftovers, std::move(with_reader));
  co_return status;
}

}  // namespace orchestrator
