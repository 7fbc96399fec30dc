#include "orchestrator/process/pipe_stream.hpp"

#include <array>
#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>

#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

std::optional<PipeEnds> make_pipe() noexcept {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return std::nullopt;
  return PipeEnds{Descriptor(ends[0]), Descriptor(ends[1])};
}

awaitable<std::size_t> PipeSource::read_some(std::span<char> buffer) {
  const asio::mutable_buffer target(buffer.data(), buffer.size());
  const auto [ec, count] = co_await descriptor_.async_read_some(target, use_task_tuple);
  if (ec == asio::error::eof) co_return 0;
  if (ec) throw boost::system::system_error(ec, "cannot read from a process");
  co_return count;
}

void PipeSource::widen() noexcept {
  constexpr int kMost = 1 << 20;  // what the kernel gives to everybody: /proc/sys/fs/pipe-max-size
  // Where that is refused the pipe stays as it is.
  ::fcntl(descriptor_.native_handle(), F_SETPIPE_SZ, kMost);
}

awaitable<bool> PipeSink::write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!descriptor_.is_open()) co_return false;
    const asio::const_buffer rest(bytes.data(), bytes.size());
    const auto [ec, count] = co_await descriptor_.async_write_some(rest, use_task_tuple);
    // Whoever stops the process closes the pipe under a writer.
    if (ec == asio::error::broken_pipe || !descriptor_.is_open()) co_return false;
    if (ec) throw boost::system::system_error(ec, "cannot write to a process");
    bytes.remove_prefix(count);
  }
  co_return true;
}

awaitable<void> PipeSink::close() {
  boost::system::error_code ignored;
  descriptor_.close(ignored);
  co_return;
}

}  // namespace orchestrator
