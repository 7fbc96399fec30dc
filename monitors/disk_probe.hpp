#pragma once
#include <optional>
#include <string>
#include <sys/types.h>

#include "monitors/space_reading.hpp"
#include "orchestrator/error.hpp"
#include "orchestrator/tasks/asio.hpp"

namespace orchestrator {

/// A host lets nobody look: its key runs nothing but rsync, say.
class CannotLook : public Error {
 public:
  using Error::Error;
};

/// A user of this machine.
struct WriterIds {
  uid_t user = 0;
  gid_t group = 0;
};

/// Who writes: the quotas that hold are theirs.
struct DiskWriter {
  bool without_quota = false;        ///< root, say
  std::optional<WriterIds> other{};  ///< none: who looks is who writes
};

/// Looks at the file systems of one machine. Whatever hangs there hangs alone.
///
/// Threads: the loop's thread only.
class DiskProbe {
 public:
  DiskProbe() = default;
  virtual ~DiskProbe() = default;
  DiskProbe(const DiskProbe&) = delete;
  DiskProbe& operator=(const DiskProbe&) = delete;

  /// What `writer` has of the file system that holds `path`, or the part of it that exists. Waits for as long as that does not
  /// answer.
  /// \throws CannotLook, Error. Cancellation: at once; the question stays open, and nobody waits for it.
  [[nodiscard]] virtual awaitable<SpaceReading> look(std::string path, DiskWriter writer) = 0;

  /// What it takes to look, until cancelled; runs beside whoever looks.
  [[nodiscard]] virtual awaitable<void> serve() = 0;
};

}  // namespace orchestrator
