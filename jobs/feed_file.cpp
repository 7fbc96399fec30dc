#include "jobs/feed_file.hpp"

#include "jobs/local_environment.hpp"
#include "orchestrator/process/tail.hpp"
#include "orchestrator/tasks/task_group.hpp"

namespace orchestrator {

namespace {

struct Feeding {
  Tail errors{4096};
  bool given_all = false;
};

/// From the reader of the file to the command, until one of them has enough.
awaitable<void> feed(Process& reader, Process& process, Feeding& feeding) {
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    const std::size_t count = co_await reader.output().read_some(buffer);
    if (count == 0) break;
    const bool taken = co_await process.input().write(std::string_view(buffer.data(), count));
    if (!taken) co_return;
  }
  feeding.given_all = true;
  const ExitStatus status = co_await reader.wait();
  if (!succeeded(status)) throw Error("cannot read: " + feeding.errors.text());
  co_await process.input().close();
}

awaitable<ExitStatus> run_beside(Process& reader, Process& process, StreamHandlers handlers) {
  Feeding feeding;
  ExitStatus status = Unknown{};
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("errors of the file's reader", [&] {
      auto keep = [&feeding](std::string_view line) { feeding.errors.append(line); };
      return read_lines(reader.errors(), std::function<void(std::string_view)>(keep));
    });
    group.spawn("standard input", [&] { return feed(reader, process, feeding); });
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
      status = co_await run_beside(reader, process, std::move(handlers));
    };
    co_await with_process(host, std::move(command), on_leftovers, std::move(with_command));
  };
  co_await with_process(here, std::move(reading), on_leftovers, std::move(with_reader));
  co_return status;
}

}  // namespace orchestrator
