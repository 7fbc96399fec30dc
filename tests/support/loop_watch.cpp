#include "tests/support/loop_watch.hpp"

#include <array>
#include <cstdio>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "orchestrator/tasks/task_tree.hpp"

namespace {

thread_local std::chrono::nanoseconds in_epoll_wait{};

}  // namespace

// The linker sends Asio's calls of epoll_wait here (--wrap): nothing else can tell a loop that waits
// from a handler that blocks.
extern "C" {
int __real_epoll_wait(int epoll, epoll_event* events, int size, int timeout);  // NOLINT
int __wrap_epoll_wait(int epoll, epoll_event* events, int size, int timeout);  // NOLINT
}

int __wrap_epoll_wait(int epoll, epoll_event* events, int size, int timeout) {  // NOLINT
  const auto begin = std::chrono::steady_clock::now();
  const int ready = __real_epoll_wait(epoll, events, size, timeout);
  const int error = errno;
  in_epoll_wait += std::chrono::steady_clock::now() - begin;
  errno = error;
  return ready;
}

namespace orchestrator::test {

LoopWatch::LoopWatch() = default;

LoopWatch::~LoopWatch() {
  if (schedstat_ >= 0) ::close(schedstat_);
}

LoopWatch::Sample LoopWatch::sample() const {
  Sample sample;
  sample.waited = in_epoll_wait;
  std::array<char, 64> text{};
  unsigned long long on_cpu = 0;
  unsigned long long delayed = 0;
  if (::pread(schedstat_, text.data(), text.size() - 1, 0) > 0 &&
      std::sscanf(text.data(), "%llu %llu", &on_cpu, &delayed) == 2) {
    sample.not_scheduled = std::chrono::nanoseconds(delayed);
  }
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  sample.page_reads = usage.ru_majflt;
  sample.when = std::chrono::steady_clock::now();
  return sample;
}

void LoopWatch::drive(Loop& loop) {
  // Of this thread: the file of a thread stays its own, whoever reads it.
  if (schedstat_ < 0) schedstat_ = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  Sample before = sample();
  while (loop.first_task_running() && loop.io().run_one() > 0) {
    const Sample after = sample();
    const Duration held = after.when - before.when - (after.waited - before.waited) -
                          (after.not_scheduled - before.not_scheduled);
    if (held > longest_ && after.page_reads == before.page_reads) {
      longest_ = held;
      if (held > std::chrono::milliseconds(1)) tree_ = task_tree(loop);
    }
    before = after;
  }
}

}  // namespace orchestrator::test
