#pragma once
#include <memory>
#include <optional>
#include <sys/types.h>

#include <boost/asio/io_context.hpp>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/exit_status.hpp"
#include "orchestrator/process/launch.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// A child process of ours. Knowing that it has ended and reaping it are two steps: as long as it is not reaped,
/// its pid, which is the id of its process group too, cannot become somebody else's.
class Child {
 public:
  /// \param event an open descriptor, of whatever: it becomes a second one of the process. Opened before the launch, so
  /// that no process is started that cannot be watched.
  /// \throws std::system_error when the loop cannot watch it all the same; the process runs on.
  Child(asio::io_context& io, Launched launched, Descriptor event);
  ~Child();  ///< lets go of it; never waits
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const noexcept;

  /// Waits until it has ended; it stays a zombie.
  [[nodiscard]] awaitable<void> wait_ended();

  [[nodiscard]] bool ended() const;

  /// How it ended; none while it runs.
  [[nodiscard]] std::optional<ExitStatus> status() const;

  /// Takes the zombie away. \return false while it runs.
  bool reap();
  [[nodiscard]] bool reaped() const noexcept;

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace orchestrator
