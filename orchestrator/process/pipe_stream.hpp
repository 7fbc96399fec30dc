#pragma once
#include <optional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/stream.hpp"

namespace orchestrator {

/// Both ends of a new pipe, closed on exec.
struct PipeEnds {
  Descriptor reading;
  Descriptor writing;
};

/// None when there are no descriptors left: errno says which kind of none.
[[nodiscard]] std::optional<PipeEnds> make_pipe() noexcept;

/// The end of a pipe that we read from.
class PipeSource final : public ByteSource {
 public:
  PipeSource(asio::io_context& io, Descriptor end) : descriptor_(io, end.release()) {}

  awaitable<std::size_t> read_some(std::span<char> buffer) override;

  /// Gives the pipe all the room that it may have: whoever waits to write into it can go on, though nobody reads.
  void widen() noexcept;

 private:
  asio::posix::stream_descriptor descriptor_;
};

/// The end of a pipe that we write to. SIGPIPE must be ignored (LocalHost sees to it).
class PipeSink final : public ByteSink {
 public:
  PipeSink(asio::io_context& io, Descriptor end) : descriptor_(io, end.release()) {}

  awaitable<bool> write(std::string_view bytes) override;
  awaitable<void> close() override;

 private:
  asio::posix::stream_descriptor descriptor_;
};

}  // namespace orchestrator
