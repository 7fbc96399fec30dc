#pragma once
#include <cstddef>
#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// Threads for work that blocks but ends by itself: getaddrinfo, decrypting a key, reading a file.
/// What may hang in the kernel (a dead mount) belongs in a helper process instead.
///
/// A thread whose work does not end in time is left behind at exit: the destructor never waits.
class BlockingPool {
 public:
  static constexpr std::size_t kThreads = 8;

  explicit BlockingPool(asio::io_context& io);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` in a thread, then `done` on the loop, unless the pool is gone by then.
  /// Both are destroyed on the loop's thread where possible. Neither may throw.
  /// \throws std::system_error when there is no thread and none can be started.
  void submit(std::function<void()> work, std::function<void()> done);

  /// Work whose `done` has not run yet.
  [[nodiscard]] std::size_t outstanding() const noexcept;

 private:
  void start_thread();

  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace orchestrator
