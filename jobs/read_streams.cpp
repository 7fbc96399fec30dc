#include "jobs/read_streams.hpp"

#include <vector>

#include "orchestrator/tasks/task_group.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kStreamBuffer = 64 * 1024;

struct Readers {
  int running = 2;
  WaitQueue ended{};

  void one_ended() {
    if (--running == 0) ended.wake_all();
  }
};

awaitable<void> read_output(ByteSource& source, const StreamHandlers& handlers, Readers& readers) {
  if (handlers.output_to != nullptr) {
    co_await copy_stream(source, *handlers.output_to);
    readers.one_ended();
    co_return;
  }
  std::vector<char> buffer(kStreamBuffer);
  for (;;) {
    const std::size_t count = co_await source.read_some(buffer);
    if (count == 0) break;
    if (handlers.on_output) handlers.on_output(std::string_view(buffer.data(), count));
  }
  readers.one_ended();
}

awaitable<void> read_errors(ByteSource& source, const StreamHandlers& handlers, Readers& readers) {
  auto on_line = [&handlers](std::string_view line) {
    if (handlers.on_error_line) handlers.on_error_line(line);
  };
  std::function<void(std::string_view)> function(std::move(on_line));
  co_await read_lines(source, std::move(function));
  readers.one_ended();
}

awaitable<void> wait_for(Readers& readers) {
  while (readers.running > 0) co_await readers.ended.wait("the end of a command's output");
}

}  // namespace

awaitable<ExitStatus> read_streams(Process& process, StreamHandlers handlers) {
  ExitStatus status = Unknown{};
  Readers readers;
  auto body = [&](TaskGroup& group) -> awaitable<void> {
    group.spawn("output", [&] { return read_output(process.output(), handlers, readers); });
    group.spawn("errors", [&] { return read_errors(process.errors(), handlers, readers); });
    status = co_await process.wait();
    if (handlers.drain_limit) {
      auto drain = [&readers] { return wait_for(readers); };
      co_await with_limit(*handlers.drain_limit, std::move(drain));
    } else {
      co_await wait_for(readers);
    }
    group.cancel(CancelReason{CancelCause::Operator, "the command has ended"});
  };
  co_await with_task_group(std::move(body));
  co_return status;
}

}  // namespace orchestrator
