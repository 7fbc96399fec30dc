#pragma once
#include <chrono>
#include <stdexcept>
#include <string>

#include "orchestrator/tasks/loop.hpp"
#include "tests/support/loop_watch.hpp"

namespace orchestrator::test {

/// The bound of what a test does on the real clock. It measures nothing; it is what turns a hang
/// into a failure that shows where everybody waits. CTest's own limit lies far above.
inline constexpr std::chrono::seconds kTestTimeout{20};

/// A test on the real clock ran into its bound.
struct TestTimeout : std::runtime_error {
  using std::runtime_error::runtime_error;  // with the task tree
};

/// A loop on the real clock for tests that need the system: processes, sockets, files.
///
/// The test fails when it runs into its bound (everything is cancelled at level `kill` then, and TestTimeout
/// thrown; what does not end even so aborts the program), when one handler held the loop for
/// longer than `kHandlerLimit`, and when an alarm is left behind.
class RealLoop {
 public:
  RealLoop();

  template <class Body>
  void run(Body body, Duration bound = kTestTimeout) {
    bound_ = bound;
    loop_.run("main", std::move(body));
    check();
  }

  [[nodiscard]] Loop& loop() noexcept { return loop_; }
  [[nodiscard]] LoopWatch& watch() noexcept { return watch_; }

 private:
  void drive(Loop& loop);
  void check();

  Duration bound_{};
  std::string timed_out_;  // the task tree
  LoopWatch watch_;
  Loop loop_;
};

/// Runs `body`, an `awaitable<void>()`, on the real clock.
template <class Body>
void run_for_real(Body body, Duration bound = kTestTimeout) {
  RealLoop loop;
  loop.run(std::move(body), bound);
}

}  // namespace orchestrator::test
