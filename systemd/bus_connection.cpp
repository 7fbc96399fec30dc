#include "systemd/bus_connection.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <poll.h>
#include <utility>

#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "systemd/sdbus.hpp"

namespace orchestrator {

namespace {

/// Messages that are handled before other tasks have their turn.
constexpr int kMessagesAtOnce = 16;

BusLost lost_because(const std::string& doing, const sdbus::Error& error) {
  return BusLost(doing + ": " + std::string(error.getMessage()));
}

}  // namespace

/// What the descriptors of a connection have told.
struct BusConnection::Readiness : std::enable_shared_from_this<Readiness> {
  Readiness(asio::io_context& io, const sdbus::IConnection::PollData& data) : socket(io, data.fd), clock(nullptr) {
    const int wake = bus::wake_descriptor(data);
    if (wake >= 0) waker.emplace(io, wake);
  }

  void arm(asio::posix::stream_descriptor& descriptor, asio::posix::stream_descriptor::wait_type what, bool& armed) {
    if (std::exchange(armed, true)) return;
    descriptor.async_wait(what, [self = shared_from_this(), &armed](const boost::system::error_code&) {
      armed = false;
      self->tell();
    });
  }
  void tell() {
    told = true;
    changed.wake_all();
  }
  /// sd-bus closes them; the handlers that wait come back with an error.
  void let_go() {
    if (std::exchange(gone, true)) return;
    socket.cancel();
    socket.release();
    if (!waker) return;
    waker->cancel();
    waker->release();
  }

  asio::posix::stream_descriptor socket;
  std::optional<asio::posix::stream_descriptor> waker;
  Clock* clock;
  WaitQueue changed;
  bool told = false;
  bool reading = false;
  bool writing = false;
  bool waking = false;
  bool gone = false;
};

BusConnection::BusConnection(Loop& loop, std::unique_ptr<sdbus::IConnection> connection)
    : connection_(std::move(connection)),
      readiness_(std::make_shared<Readiness>(loop.io(), connection_->getEventLoopPollData())) {
  readiness_->clock = &loop.clock();
}

BusConnection::~BusConnection() { readiness_->let_go(); }

void BusConnection::kick() noexcept { readiness_->tell(); }

awaitable<void> BusConnection::serve() {
  for (;;) {
    bool handled = true;
    for (int messages = 0; handled && messages < kMessagesAtOnce; ++messages) {
      try {
        handled = bus::process_one(*connection_);
      } catch (const sdbus::Error& error) {
        // sd-bus has closed its descriptor: in a moment the number is that of another one, which we would take from the loop.
        readiness_->let_go();
        throw lost_because("the connection to the bus has ended", error);
      }
    }
    if (handled) {
      co_await yield_now();
    } else {
      co_await wait_ready();
    }
  }
}

awaitable<void> BusConnection::wait_ready() {
  using asio::posix::descriptor_base;
  Readiness& readiness = *readiness_;
  const auto data = connection_->getEventLoopPollData();
  if ((data.events & POLLIN) != 0) readiness.arm(readiness.socket, descriptor_base::wait_read, readiness.reading);
  if ((data.events & POLLOUT) != 0) readiness.arm(readiness.socket, descriptor_base::wait_write, readiness.writing);
  if (readiness.waker) readiness.arm(*readiness.waker, descriptor_base::wait_read, readiness.waking);
  Alarm alarm;
  const int timeout = data.getPollTimeout();  // milliseconds; negative: none
  if (timeout >= 0) {
    const TimePoint when = readiness.clock->now() + std::chrono::milliseconds(timeout);
    alarm = readiness.clock->call_at(when, [&readiness] { readiness.tell(); });
  }
  while (!readiness.told) co_await readiness.changed.wait("the bus");
  readiness.told = false;
}

std::string to_string(BusKind kind) { return kind == BusKind::System ? "the system bus" : "the user's bus"; }

std::unique_ptr<sdbus::IConnection> open_bus(BusKind kind, const std::string& name) {
  std::unique_ptr<sdbus::IConnection> connection;
  try {
    connection = kind == BusKind::System ? sdbus::createSystemBusConnection() : sdbus::createSessionBusConnection();
  } catch (const sdbus::Error& error) {
    throw lost_because("cannot connect to " + to_string(kind), error);
  }
  if (name.empty()) return connection;
  try {
    connection->requestName(bus::BusName(name));
  } catch (const sdbus::Error& error) {
    throw lost_because("cannot take the name '" + name + "' on " + to_string(kind), error);
  }
  return connection;
}

}  // namespace orchestrator
