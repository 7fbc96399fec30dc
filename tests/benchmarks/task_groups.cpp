// task_groups join COUNT        a group of COUNT tasks that end at their first turn
// task_groups cancel COUNT      a group of COUNT tasks, cancelled while they wait
// task_groups suspended COUNT   what COUNT waiting tasks take of memory: "bytes_each"
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include <malloc.h>

#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace {

using namespace orchestrator;

awaitable<void> join(int count, bench::Stopwatch& watch) {
  auto nothing = []() -> awaitable<void> { co_return; };
  auto all = [&](TaskGroup& group) -> awaitable<void> {
    for (int i = 0; i < count; ++i) group.spawn("task", nothing);
    co_return;
  };
  watch.restart();
  co_await with_task_group(std::move(all));
  watch.stop();
}

/// Starts tasks that wait until they are cancelled; calls `when_all_wait` at the turn after the last one has begun.
template <class Function>
awaitable<void> wait_together(int count, Function when_all_wait) {
  CancelScope scope;
  WaitQueue never;
  int waiting = 0;
  auto wait = [&]() -> awaitable<void> {
    if (++waiting == count) when_all_wait(scope);
    co_await never.wait("the end");
  };
  auto all = [&](TaskGroup& group) -> awaitable<void> {
    for (int i = 0; i < count; ++i) group.spawn("task", wait);
    co_return;
  };
  auto work = [&]() -> awaitable<void> { co_await with_task_group(std::move(all)); };
  (void)co_await with_cancel_scope(scope, std::move(work));
}

awaitable<void> cancel(int count, bench::Stopwatch& watch) {
  watch.restart();
  auto stop = [](CancelScope& scope) { scope.cancel(CancelReason{}); };
  co_await wait_together(count, std::move(stop));
  watch.stop();
}

awaitable<void> suspended(int count, bench::Stopwatch& watch) {
  const std::size_t before = ::mallinfo2().uordblks;
  auto look = [&](CancelScope& scope) {
    watch.add("bytes_each", static_cast<double>(::mallinfo2().uordblks - before) / count);
    scope.cancel(CancelReason{});
  };
  co_await wait_together(count, std::move(look));
}

}  // namespace

int main(int count, char** words) {
  using Work = awaitable<void> (*)(int, bench::Stopwatch&);
  const std::map<std::string, Work> works{{"join", &join}, {"cancel", &cancel}, {"suspended", &suspended}};
  if (count != 3 || !works.contains(words[1])) return 2;
  bench::Stopwatch watch;
  Loop loop;
  auto work = [&]() -> awaitable<void> { return works.at(words[1])(std::atoi(words[2]), watch); };
  loop.run("benchmark", std::move(work));
  watch.print();
  return 0;
}
