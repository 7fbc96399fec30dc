#include "tests/support/virtual_loop.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "orchestrator/tasks/task_tree.hpp"

namespace orchestrator::test {

bool FakeClock::jump() {
  if (!has_alarms()) return false;
  now_ = std::max(now_, earliest());
  fire_due();
  return true;
}

VirtualLoop::VirtualLoop() : loop_(clock_, [this](Loop& loop) { drive(loop); }) {}

void VirtualLoop::drive(Loop& loop) {
  asio::io_context& io = loop.io();
  for (;;) {
    io.restart();
    while (io.poll() > 0) {
    }
    if (!loop.first_task_running()) return;
    if (loop.blocking().outstanding() > 0) {
      io.restart();
      io.run_one();
    } else if (!clock_.jump()) {
      if (!deadlock_.empty()) {
        std::fprintf(stderr, "cancelled already, and still nobody moves:\n%s", task_tree(loop).c_str());
        std::abort();
      }
      deadlock_ = "every task waits, for nothing:\n" + task_tree(loop);
      loop.root_scope().cancel(CancelReason{CancelCause::Operator, "deadlock"}, CancelLevel::Kill);
    }
  }
}

void VirtualLoop::check() {
  if (clock_.has_alarms()) throw std::logic_error("an alarm was left behind");
  if (!deadlock_.empty()) throw Deadlock(std::exchange(deadlock_, {}));
}

}  // namespace orchestrator::test
