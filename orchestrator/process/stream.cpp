#include "orchestrator/process/stream.hpp"

#include <vector>

#include "orchestrator/process/tail.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kChunk = 64 * 1024;

}  // namespace

awaitable<void> read_lines(ByteSource& source, std::function<void(std::string_view)> on_line) {
  LineSplitter lines(std::move(on_line));
  std::vector<char> buffer(kChunk);
  for (;;) {
    const std::size_t count = co_await source.read_some(buffer);
    if (count == 0) break;
    lines.append(std::string_view(buffer.data(), count));
  }
  lines.finish();
}

awaitable<std::string> read_tail(ByteSource& source, std::size_t limit) {
  Tail tail(limit);
  std::vector<char> buffer(kChunk);
  for (;;) {
    const std::size_t count = co_await source.read_some(buffer);
    if (count == 0) break;
    tail.append(std::string_view(buffer.data(), count));
  }
  co_return tail.text();
}

awaitable<void> copy_stream(ByteSource& source, ByteSink& sink) {
  std::vector<char> buffer(kChunk);
  for (;;) {
    const std::size_t count = co_await source.read_some(buffer);
    if (count == 0) break;
    const bool taken = co_await sink.write(std::string_view(buffer.data(), count));
    if (!taken) co_return;
  }
  co_await sink.close();
}

}  // namespace orchestrator
