#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Bytes that arrive: a pipe from a process, one direction of an SSH channel. One reader at a time.
class ByteSource {
 public:
  ByteSource() = default;
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Waits for at least one byte. Nothing is read ahead without bound: who does not read slows the writer.
  /// \return the number of bytes put into `buffer`, 0 at the end. `buffer` is not empty.
  /// Cancellation: no byte is lost.
  [[nodiscard]] virtual awaitable<std::size_t> read_some(std::span<char> buffer) = 0;
};

/// Bytes that leave. One writer at a time.
class ByteSink {
 public:
  ByteSink() = default;
  virtual ~ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  /// Waits until all of `bytes` is taken. `bytes` must stay valid.
  /// \return false when the other side reads no more (EPIPE): that is no error, a process may end early.
  [[nodiscard]] virtual awaitable<bool> write(std::string_view bytes) = 0;

  /// The other side sees the end after what was written. May be called again.
  [[nodiscard]] virtual awaitable<void> close() = 0;
};

/// Calls `on_line` for each line, without its end, until the source ends; the last one may lack its "\n".
/// A line longer than `kLongestLine` arrives in pieces.
inline constexpr std::size_t kLongestLine = 64 * 1024;
[[nodiscard]] awaitable<void> read_lines(ByteSource& source, std::function<void(std::string_view)> on_line);

/// Everything until the end, but only the last `limit` bytes of it. The rest is read and dropped.
[[nodiscard]] awaitable<std::string> read_tail(ByteSource& source, std::size_t limit);

/// From `source` to `sink` until one of them ends; closes the sink at the end of the source.
[[nodiscard]] awaitable<void> copy_stream(ByteSource& source, ByteSink& sink);

}  // namespace orchestrator
