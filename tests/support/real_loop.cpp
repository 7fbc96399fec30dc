#include "tests/support/real_loop.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include <gtest/gtest.h>

#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/task_tree.hpp"

namespace orchestrator::test {

namespace {

/// For what a cancelled test still has to do: processes are reaped, cleanups are cut to `kKillLimit`.
constexpr std::chrono::seconds kEndAfterTimeout{10};

[[noreturn]] void abort_with(const std::string& tree) {
  std::fprintf(stderr, "cancelled because of its bound, the test does not end:\n%s", tree.c_str());
  std::abort();
}

}  // namespace

RealLoop::RealLoop() : loop_([this](Loop& loop) { drive(loop); }) {}

void RealLoop::drive(Loop& loop) {
  Alarm last;
  const Alarm bound = loop.clock().call_at(loop.clock().now() + bound_, [&] {
    timed_out_ = task_tree(loop);
    last = loop.clock().call_at(loop.clock().now() + kEndAfterTimeout, [&] { abort_with(task_tree(loop)); });
    loop.root_scope().cancel(CancelReason{CancelCause::Deadline, "bound of the test"}, CancelLevel::Kill);
  });
  watch_.drive(loop);
}

void RealLoop::check() {
  if (watch_.longest() > kHandlerLimit) {
    ADD_FAILURE() << "a handler held the loop for " << format_duration(watch_.longest()) << "; after it:\n"
                  << watch_.tree_after_longest();
  }
  EXPECT_FALSE(loop_.clock().has_alarms()) << "an alarm was left behind";
  if (timed_out_.empty()) return;
  throw TestTimeout("not done within " + format_duration(bound_) + ":\n" + std::exchange(timed_out_, {}));
}

}  // namespace orchestrator::test
