#include "orchestrator/process/keeper_line.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/wait.h>

#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

std::optional<KeeperLineEnds> make_keeper_line() noexcept {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) return std::nullopt;
  return KeeperLineEnds{Descriptor(ends[0]), Descriptor(ends[1])};
}

awaitable<void> KeeperLine::wait() {
  if (ended_) co_return;
  // Aborted when somebody else has heard something, and by `close`.
  (void)co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, use_task_tuple);
  hear();
}

void KeeperLine::send(KeeperRequest request) noexcept {
  if (socket_.is_open()) ::send(socket_.native_handle(), &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void KeeperLine::close() noexcept {
  ended_ = true;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void KeeperLine::hear() {
  bool anything = false;
  while (!ended_) {
    KeeperReport report;
    const ssize_t count = ::recv(socket_.native_handle(), &report, sizeof(report), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) break;
    anything = true;
    if (count == static_cast<ssize_t>(sizeof(report))) {
      take(report);
    } else if (count >= 0 || (errno != EINTR && errno != ECONNRESET)) {
      // ECONNRESET: it ended without hearing all we said. What it had to say comes after that.
      ended_ = true;
      if (failure_) gone_ = true;
    }
  }
  if (!anything) return;
  // The readiness that the others wait for may be over.
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void KeeperLine::take(const KeeperReport& report) {
  switch (report.kind) {
    case KeeperReportKind::Started: leader_ = report.pid; break;
    case KeeperReportKind::NotStarted:
      failure_ = LaunchFailure{static_cast<LaunchStage>(report.stage), report.error, report.candidate};
      break;
    case KeeperReportKind::Ended:
      if (report.code == CLD_EXITED) {
        status_ = Exited{report.status};
      } else {
        status_ = Signalled{signal_name(report.status), report.code == CLD_DUMPED};
      }
      break;
    case KeeperReportKind::Refused: refused_ = true; break;
    case KeeperReportKind::Gone: gone_ = true; break;
  }
}

}  // namespace orchestrator
