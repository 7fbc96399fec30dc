// The only file that includes Boost.Process; docs/adr/0002-boost-process-for-the-handle.md says what it is used for and why no more.
#include "orchestrator/process/child.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/process/v2/process.hpp>

#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

namespace process_v2 = boost::process::v2;

struct Child::Handle {
  using Process = process_v2::basic_process<asio::io_context::executor_type>;

  Handle(asio::io_context& io, Launched launched, int event_fd)
      : pid(launched.pid), event(io, event_fd), process(io.get_executor(), launched.pid, launched.pidfd.release()) {}

  pid_t pid;
  // Of our own, because the one inside of `process` can only be waited for together with reaping.
  asio::posix::stream_descriptor event;
  // Its destructor kills with SIGKILL and waits, blocking: it is never left with a process.
  Process process;
  std::optional<ExitStatus> status{};  // once it has been seen to have ended
  bool reaped = false;
};

namespace {

std::optional<ExitStatus> status_in(const siginfo_t& info) {
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return Exited{info.si_status};
  return Signalled{signal_name(info.si_status), info.si_code == CLD_DUMPED};
}

}  // namespace

Child::Child(asio::io_context& io, Launched launched, Descriptor event) {
  if (::dup3(launched.pidfd.get(), event.get(), O_CLOEXEC) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot watch a process");
  }
  handle_ = std::make_unique<Handle>(io, std::move(launched), event.get());
  (void)event.release();
}

Child::~Child() {
  if (!reaped()) handle_->process.detach();
}

pid_t Child::pid() const noexcept { return handle_->pid; }

std::optional<ExitStatus> Child::status() const {
  if (handle_->status) return handle_->status;
  siginfo_t info{};
  const auto pidfd = static_cast<id_t>(handle_->event.native_handle());
  if (::waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
    handle_->status = Unknown{};  // somebody else reaped it
  } else {
    handle_->status = status_in(info);
  }
  return handle_->status;
}

bool Child::ended() const { return status().has_value(); }

awaitable<void> Child::wait_ended() {
  while (!ended()) co_await handle_->event.async_wait(asio::posix::stream_descriptor::wait_read, use_task);
}

bool Child::reap() {
  if (reaped()) return true;
  if (!ended()) return false;
  boost::system::error_code ignored;  // somebody else reaped it: then it is gone too
  (void)handle_->process.running(ignored);
  handle_->process.detach();
  handle_->reaped = true;
  return true;
}

bool Child::reaped() const noexcept { return handle_->reaped; }

}  // namespace orchestrator
