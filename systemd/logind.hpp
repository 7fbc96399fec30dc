#pragma once
#include <functional>
#include <memory>
#include <string>

#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/tasks/asio.hpp"
#include "orchestrator/tasks/clock.hpp"
#include "orchestrator/tasks/loop.hpp"

namespace orchestrator {

/// What the machine is about to do.
struct MachinePlans {
  bool sleep = false;
  bool shutdown = false;
  [[nodiscard]] bool any() const noexcept { return sleep || shutdown; }
};

/// systemd-logind, on a connection to the system's bus of its own: where the daemon itself serves does not matter.
/// https://www.freedesktop.org/wiki/Software/systemd/inhibit/
///
/// Threads: the loop's thread only.
class Logind {
 public:
  using Handler = std::function<void(const MachinePlans&)>;

  /// Without the bus this throws; a machine without logind is found out by `delay` alone.
  /// \param on_plans called in `serve` whenever they change. \throws BusLost
  [[nodiscard]] static awaitable<std::unique_ptr<Logind>> connect(Loop& loop, Handler on_plans);
  ~Logind();
  Logind(const Logind&) = delete;
  Logind& operator=(const Logind&) = delete;

  /// Sends and receives until cancelled. \throws BusLost
  [[nodiscard]] awaitable<void> serve();

  /// Takes a lock that holds up "sleep" or "shutdown", for at most `delay_limit`. Closing it gives it back. One for both would be
  /// another matter to logind, which only sessions may have (version 252).
  /// \param why for people: `systemd-inhibit --list` shows it.
  /// \return none: there is no logind. \throws Error when it does not want to.
  [[nodiscard]] awaitable<Descriptor> delay(std::string what, std::string why);

  /// What was told before we listened.
  [[nodiscard]] awaitable<void> catch_up();

  /// How long it waits for those who hold a lock; what its manual says where it does not.
  [[nodiscard]] awaitable<Duration> delay_limit();

 private:
  template <class Value>
  [[nodiscard]] awaitable<Value> property(std::string name, Value otherwise);

  struct Parts;
  explicit Logind(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace orchestrator
