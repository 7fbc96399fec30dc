#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "orchestrator/error.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/loop.hpp"

namespace sdbus {
class IConnection;
}

namespace orchestrator {

/// Which bus: that of the machine, or that of the user's session (`--user`).
enum class BusKind : std::uint8_t { System, User };
[[nodiscard]] std::string to_string(BusKind kind);

/// The bus cannot be reached, or the connection to it has ended.
class BusLost : public Error {
 public:
  using Error::Error;
};

/// One connection to a bus, turned by the loop: no thread of its own, no wake-up without a reason.
///
/// Threads: the loop's thread only, after it was made.
class BusConnection {
 public:
  /// \param connection a fresh one, in which nobody else has started an event loop.
  BusConnection(Loop& loop, std::unique_ptr<sdbus::IConnection> connection);
  ~BusConnection();
  BusConnection(const BusConnection&) = delete;
  BusConnection& operator=(const BusConnection&) = delete;

  /// Sends and receives until cancelled. Handlers of calls and signals run in here.
  /// \throws BusLost
  [[nodiscard]] awaitable<void> serve();

  /// To be called after every message that was sent outside of a handler, and after every blocking call: there may be
  /// something to send or to handle now.
  void kick() noexcept;

  [[nodiscard]] sdbus::IConnection& sdbus() noexcept { return *connection_; }

 private:
  struct Readiness;
  [[nodiscard]] awaitable<void> wait_ready();

  std::unique_ptr<sdbus::IConnection> connection_;
  std::shared_ptr<Readiness> readiness_;  // shared with handlers that come back late
};

/// Connects, and takes `name` unless it is empty. Blocks: for `run_blocking`, or a program that has nothing else to do.
/// \throws BusLost when there is no bus, or another program has the name.
[[nodiscard]] std::unique_ptr<sdbus::IConnection> open_bus(BusKind kind, const std::string& name = {});

}  // namespace orchestrator
