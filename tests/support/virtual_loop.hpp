#pragma once
#include <chrono>
#include <stdexcept>
#include <string>

#include "orchestrator/tasks/loop.hpp"

namespace orchestrator::test {

/// A clock that only moves when it is told to.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }

  /// To the earliest alarm, and runs what is due there. \return false when there is none.
  bool jump();

  /// Time passes, and nobody notices.
  void pass(Duration duration) { now_ += duration; }

 private:
  TimePoint now_{std::chrono::hours(1)};
};

/// Every task of the loop waits, and no alarm is set that could wake one.
struct Deadlock : std::logic_error {
  using std::logic_error::logic_error;  // the task tree
};

/// A loop in virtual time: when nobody can run, the clock jumps to the earliest sleeper.
/// A deadlock is found at once: everything is cancelled and `Deadlock` thrown.
class VirtualLoop {
 public:
  VirtualLoop();

  template <class Body>
  void run(Body body) {
    loop_.run("main", std::move(body));
    check();
  }

  /// The whole machine, while its clock goes on.
  void stop_machine(Duration duration) { clock_.pass(duration); }

  [[nodiscard]] Loop& loop() noexcept { return loop_; }
  [[nodiscard]] Duration elapsed() const { return clock_.now() - begin_; }
  [[nodiscard]] std::chrono::milliseconds ms() const { return std::chrono::duration_cast<std::chrono::milliseconds>(elapsed()); }

 private:
  void drive(Loop& loop);
  void check();

  FakeClock clock_;
  TimePoint begin_ = clock_.now();
  Loop loop_;
  std::string deadlock_;
};

/// Runs `body`, an `awaitable<void>()`, in virtual time. \return how much of it passed.
template <class Body>
std::chrono::milliseconds run_virtually(Body body) {
  VirtualLoop loop;
  loop.run(std::move(body));
  return loop.ms();
}

}  // namespace orchestrator::test
