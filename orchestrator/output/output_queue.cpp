#include "orchestrator/output/output_queue.hpp"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "orchestrator/output/output_buffer.hpp"
#include "orchestrator/signals_blocked.hpp"

namespace orchestrator {

namespace detail {

struct OutputStreamState {
  OutputStreamState(int fd, bool owned, bool regular, std::size_t room)
      : descriptor(fd), close_it(owned), is_regular(regular), buffer(room) {}
  ~OutputStreamState() {
    if (close_it) ::close(descriptor);
  }
  OutputStreamState(const OutputStreamState&) = delete;
  OutputStreamState& operator=(const OutputStreamState&) = delete;

  const int descriptor;
  const bool close_it;
  const bool is_regular;

  // Under the queue's mutex:
  OutputBuffer buffer;
  std::size_t lost = 0;  // could not be written
  int failure = 0;
  int write_error = 0;
  bool closed = false;   // by its owner
  bool busy = false;     // `current` is not written yet

  // The writer's own:
  std::string current;
  std::size_t written = 0;  // of current
  bool torn = false;        // the last entry ended in its middle
};

struct OutputQueueState {
  ~OutputQueueState() {
    if (wake_descriptor >= 0) ::close(wake_descriptor);
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::shared_ptr<OutputStreamState>> streams;
  int wake_descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  std::atomic<bool> looks = true;  // the writer, before it waits again
  bool stop = false;
  bool ended = false;
  bool gave_up = false;  // nobody reads
  std::thread writer;

  /// Best without the mutex, which the writer takes first of all.
  void wake() {
    if (looks.exchange(true)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(wake_descriptor, &one, sizeof one);
  }
  [[nodiscard]] bool all_written() const {
    for (const auto& stream : streams) {
      if (stream->busy || !stream->buffer.empty()) return false;
    }
    return true;
  }
};

}  // namespace detail

namespace {

using detail::OutputQueueState;
using detail::OutputStreamState;

/// What a write of this size cannot block on, once poll has said that there is room (pipe(7)).
constexpr std::size_t kAtomicWrite = 4096;

constexpr std::chrono::milliseconds kEndLimit{1000};

/// The writer's side: runs in the thread of its own, which shares nothing but the state.
class OutputWriter {
 public:
  explicit OutputWriter(std::shared_ptr<OutputQueueState> state) : state_(std::move(state)) {}

  void run() {
    while (gather()) {
      wait();
      for (std::size_t i = 0; i < writing_.size(); ++i) {
        if (polled_[i + 1].revents != 0) write_some(*writing_[i]);
      }
    }
  }

 private:
  /// Takes the next entry of every stream that has one. \return false when it is time to end.
  bool gather() {
    const std::lock_guard lock(state_->mutex);
    state_->looks = false;
    writing_.clear();
    for (const auto& stream : state_->streams) {
      if (!stream->busy) take(*stream);
      if (stream->busy) writing_.push_back(stream);
    }
    std::erase_if(state_->streams, [](const auto& stream) { return stream->closed && !stream->busy; });
    if (writing_.empty()) state_->changed.notify_all();
    if (state_->stop) {
      state_->ended = true;
      state_->changed.notify_all();
    }
    return !state_->stop;
  }

  static void take(OutputStreamState& stream) {
    std::optional<std::string> next = stream.buffer.take();
    if (!next) return;
    stream.current = std::move(*next);
    // What was torn off stays a line of its own.
    if (std::exchange(stream.torn, false)) stream.current.insert(0, "\n");
    stream.written = 0;
    stream.busy = true;
  }

  void wait() {
    polled_.assign(1, pollfd{state_->wake_descriptor, POLLIN, 0});
    for (const auto& stream : writing_) polled_.push_back(pollfd{stream->descriptor, POLLOUT, 0});
    ::poll(polled_.data(), polled_.size(), -1);
    state_->looks = true;
    if (polled_[0].revents == 0) return;
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(state_->wake_descriptor, &count, sizeof count);
  }

  void write_some(OutputStreamState& stream) {
    std::size_t size = stream.current.size() - stream.written;
    if (!stream.is_regular) size = std::min(size, kAtomicWrite);
    const ssize_t done = ::write(stream.descriptor, stream.current.data() + stream.written, size);
    if (done >= 0) {
      stream.written += static_cast<std::size_t>(done);
      if (stream.written == stream.current.size()) finish(stream);
    } else if (errno != EAGAIN && errno != EINTR) {
      could_not(stream, errno);
    }
  }

  void finish(OutputStreamState& stream) {
    const std::lock_guard lock(state_->mutex);
    stream.busy = false;
  }

  void could_not(OutputStreamState& stream, int error) {
    const std::lock_guard lock(state_->mutex);
    stream.busy = false;
    stream.torn = stream.written > 0;
    ++stream.lost;
    stream.write_error = error;
    // A full disk may have room again; a reader that is gone does not come back.
    if (error == ENOSPC || error == EDQUOT) return;
    stream.failure = error;
    stream.buffer.clear();
  }

  std::shared_ptr<OutputQueueState> state_;
  std::vector<std::shared_ptr<OutputStreamState>> writing_;
  std::vector<pollfd> polled_;  // the wake-up, then one for each of writing_
};

/// An open file description of our own without blocking, for pipes and terminals: O_NONBLOCK on the
/// one that we were given would reach the shell. -1 where there can be none.
int reopen_without_blocking(int descriptor) {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

std::shared_ptr<OutputStreamState> make_stream(int descriptor, DescriptorOwner owner, std::size_t room) {
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  const bool owned = owner == DescriptorOwner::Stream;
  if (known && (S_ISFIFO(status.st_mode) || ::isatty(descriptor) == 1)) {
    const int own = reopen_without_blocking(descriptor);
    if (own >= 0) {
      if (owned) ::close(descriptor);
      return std::make_shared<OutputStreamState>(own, true, false, room);
    }
  }
  const bool regular = known && S_ISREG(status.st_mode);
  return std::make_shared<OutputStreamState>(descriptor, owned, regular, room);
}

}  // namespace

OutputStream::OutputStream(std::shared_ptr<detail::OutputQueueState> queue,
                           std::shared_ptr<detail::OutputStreamState> state)
    : queue_(std::move(queue)), state_(std::move(state)) {}

OutputStream::~OutputStream() {
  std::unique_lock lock(queue_->mutex);
  state_->closed = true;
  lock.unlock();
  queue_->wake();
}

void OutputStream::write(std::string text, OutputPriority priority) {
  std::unique_lock lock(queue_->mutex);
  if (state_->failure != 0) {
    ++state_->lost;
    return;
  }
  state_->buffer.add(std::move(text), priority);
  lock.unlock();
  queue_->wake();
}

void OutputStream::progress(std::string text, const std::string& key) {
  std::unique_lock lock(queue_->mutex);
  if (state_->failure != 0) return;
  state_->buffer.add_progress(std::move(text), key);
  lock.unlock();
  queue_->wake();
}

std::size_t OutputStream::dropped() const {
  const std::lock_guard lock(queue_->mutex);
  return state_->buffer.dropped() + state_->lost;
}

int OutputStream::failure() const {
  const std::lock_guard lock(queue_->mutex);
  return state_->failure;
}

int OutputStream::write_error() const {
  const std::lock_guard lock(queue_->mutex);
  return state_->write_error;
}

OutputQueue::OutputQueue(std::chrono::milliseconds flush_limit)
    : flush_limit_(flush_limit), state_(std::make_shared<detail::OutputQueueState>()) {
  if (state_->wake_descriptor < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  const SignalsBlocked blocked;  // SIGPIPE becomes EPIPE, and the rest is for the loop
  state_->writer = std::thread([state = state_] { OutputWriter(state).run(); });
}

OutputQueue::~OutputQueue() {
  flush(flush_limit_);
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->wake();
  std::thread writer = std::move(state_->writer);
  // It waits in poll alone, unless a write blocked all the same: then the end of the process ends it.
  const bool ended = state_->changed.wait_for(lock, kEndLimit, [this] { return state_->ended; });
  lock.unlock();
  if (ended) {
    writer.join();
  } else {
    writer.detach();
  }
}

std::unique_ptr<OutputStream> OutputQueue::open(int descriptor, DescriptorOwner owner, std::size_t room) {
  std::shared_ptr<detail::OutputStreamState> stream = make_stream(descriptor, owner, room);
  const std::lock_guard lock(state_->mutex);
  state_->streams.push_back(stream);
  return std::make_unique<OutputStream>(state_, std::move(stream));
}

bool OutputQueue::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  if (state_->gave_up) return state_->all_written();
  const bool all = state_->changed.wait_for(lock, limit, [this] { return state_->all_written(); });
  state_->gave_up = !all;
  return all;
}

}  // namespace orchestrator
