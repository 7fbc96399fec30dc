#include "orchestrator/tasks/blocking_pool.hpp"

#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "orchestrator/signals_blocked.hpp"

namespace orchestrator {

namespace {

struct Entry {
  std::function<void()> work;
  std::function<void()> done;
};

struct Worker {
  std::thread thread;
  bool busy = false;
};

}  // namespace

/// Outlives the pool as long as a thread is still busy.
struct BlockingPool::Shared {
  explicit Shared(asio::io_context& context) : io(&context) {}

  void serve(Worker& worker) {
    std::unique_lock lock(mutex);
    for (;;) {
      ++idle;
      ready.wait(lock, [this] { return !io || !queue.empty(); });
      --idle;
      if (!io) return;
      Entry entry = std::move(queue.front());
      queue.pop_front();
      worker.busy = true;
      lock.unlock();
      entry.work();
      entry.work = nullptr;
      lock.lock();
      worker.busy = false;
      if (!io) return;
      // Under the lock: the io_context cannot go away between the check and the post.
      asio::post(*io, [this, done = std::move(entry.done)] {
        if (--outstanding == 0) loop_work.reset();
        done();
      });
    }
  }

  std::mutex mutex;
  std::condition_variable ready;
  std::deque<Entry> queue;
  asio::io_context* io;  // null once the pool is gone
  std::list<Worker> workers;
  std::size_t idle = 0;
  // On the loop's thread only:
  std::size_t outstanding = 0;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> loop_work;
};

BlockingPool::BlockingPool(asio::io_context& io) : shared_(std::make_shared<Shared>(io)) {}

BlockingPool::~BlockingPool() {
  shared_->loop_work.reset();
  std::vector<std::thread> ending;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->io = nullptr;
    shared_->queue.clear();
    shared_->ready.notify_all();
    for (Worker& worker : shared_->workers) {
      // A thread in getaddrinfo cannot be interrupted, and exit must not wait for it. The others end at once, and have to
      // before exit: OpenSSL frees what it keeps per thread when the thread ends, unless exit came first.
      if (worker.busy) {
        worker.thread.detach();
      } else {
        ending.push_back(std::move(worker.thread));
      }
    }
  }
  for (std::thread& thread : ending) thread.join();
}

void BlockingPool::submit(std::function<void()> work, std::function<void()> done) {
  std::unique_lock lock(shared_->mutex);
  if (shared_->idle <= shared_->queue.size() && shared_->workers.size() < kThreads) start_thread();
  shared_->queue.push_back(Entry{std::move(work), std::move(done)});
  if (shared_->outstanding++ == 0) shared_->loop_work.emplace(shared_->io->get_executor());
  lock.unlock();
  shared_->ready.notify_one();  // who wakes up takes the mutex
}

void BlockingPool::start_thread() {
  Worker& worker = shared_->workers.emplace_back();
  const SignalsBlocked blocked;
  try {
    worker.thread = std::thread([shared = shared_, &worker] { shared->serve(worker); });
  } catch (const std::system_error&) {
    shared_->workers.pop_back();
    if (shared_->workers.empty()) throw;  // else the others do it, later
  }
}

std::size_t BlockingPool::outstanding() const noexcept { return shared_->outstanding; }

}  // namespace orchestrator
