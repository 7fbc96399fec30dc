#include "ssh/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "orchestrator/host.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "orchestrator/tasks/use_task.hpp"
#include "ssh/libssh2_engine.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

constexpr std::size_t kReadBuffer = 256UL * 1024;
constexpr std::size_t kUnreadLimit = 1024UL * 1024;
constexpr Duration kGoodbyeLimit = std::chrono::seconds(1);

}  // namespace

awaitable<std::shared_ptr<SshConnection>> SshConnection::open(HostSettings host, PassphraseSource passphrase,
                                                              DialProgress& progress) {
  asio::ip::tcp::socket socket = co_await dial(host, progress);
  SshWire wire{make_libssh2_engine(), std::move(socket)};
  co_await greet(wire, host, progress);
  co_await log_in(wire, host, passphrase, progress);
  co_return std::make_shared<SshConnection>(std::move(host), std::move(wire));
}

SshConnection::SshConnection(HostSettings host, SshWire wire)
    : host_(std::move(host)),
      socket_(std::move(wire.socket)),
      session_(std::make_shared<SshSession>(std::move(wire.engine), describe_host(host_), host_.max_sessions)) {}

SshConnection::~SshConnection() { lose("it was dropped"); }

awaitable<void> SshConnection::serve() {
  last_heard_ = task_of(co_await asio::this_coro::executor).clock().now();
  std::exception_ptr error;
  try {
    co_await move_bytes();
    if (closing_ && !session_->failed() && !writing_) co_await say_goodbye();
  } catch (...) {
    error = std::current_exception();
  }
  lose("it was closed");
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (error) std::rethrow_exception(error);
}

awaitable<void> SshConnection::move_bytes() {
  auto body = [this](TaskGroup& group) -> awaitable<void> {
    group.spawn("reader", [this] { return read_all(); });
    group.spawn("writer", [this] { return write_all(); });
    group.spawn("end", [this, &group]() -> awaitable<void> {
      co_await session_->wait_failed();
      group.cancel(CancelReason{CancelCause::ConnectionLost});
    });
    while (!closing_) co_await close_requested_.wait("the end of a connection");
    group.cancel(CancelReason{CancelCause::Shutdown});
  };
  co_await with_task_group(std::move(body));
}

awaitable<void> SshConnection::read_all() {
  Task& task = task_of(co_await asio::this_coro::executor);
  Clock& clock = task.clock();
  std::vector<char> buffer(kReadBuffer);
  while (!session_->failed()) {
    const auto read = co_await socket_.async_read_some(asio::buffer(buffer), use_task_tuple);
    if (std::get<0>(read)) {
      socket_failed(std::get<0>(read));
      co_return;
    }
    // Without it our acknowledgement may wait 40 ms for something to travel with, and the server for it.
    const int on = 1;
    static_cast<void>(::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on));
    last_heard_ = clock.now();
    session_->receive(std::span<const char>(buffer.data(), std::get<1>(read)));
    while (session_->unread() > kUnreadLimit && !session_->failed()) {
      co_await session_->activity().wait("channels to take data");
    }
  }
}

awaitable<void> SshConnection::write_all() {
  for (;;) {
    while (session_->unsent() == 0) {
      if (session_->failed()) co_return;
      co_await session_->activity().wait("something to send");
    }
    const std::string bytes = session_->take_unsent();
    writing_ = true;
    const auto written = co_await asio::async_write(socket_, asio::buffer(bytes), use_task_tuple);
    writing_ = false;
    if (std::get<0>(written)) {
      socket_failed(std::get<0>(written));
      co_return;
    }
  }
}

awaitable<void> SshConnection::say_goodbye() {
  session_->disconnect();
  const std::string bytes = session_->take_unsent();
  auto write = [this, &bytes]() -> awaitable<void> {
    static_cast<void>(co_await asio::async_write(socket_, asio::buffer(bytes), use_task_tuple));
  };
  static_cast<void>(co_await with_limit(kGoodbyeLimit, std::move(write)));
}

void SshConnection::close() {
  closing_ = true;
  close_requested_.wake_all();
}

void SshConnection::lose(const std::string& why) {
  if (session_->failed()) return;
  session_->fail(std::make_exception_ptr(StartError(
      StartFailure::Unreachable, "connection to " + session_->name() + " lost: " + why, "see sshd's log over there")));
}

void SshConnection::socket_failed(const boost::system::error_code& ec) {
  if (ec == asio::error::timed_out) {
    lose("no answer for " + format_duration(host_.heartbeat.every * host_.heartbeat.misses));
  } else if (ec == asio::error::eof) {
    lose("the other side closed it");
  } else if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe) {
    lose("the other side reset it");
  } else {
    lose(ec.message());
  }
}

}  // namespace orchestrator
