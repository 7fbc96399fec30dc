// Keeps one command of LocalHost: starts it, tells how it ended, signals and kills it and whatever came of it, and
// ends when nothing of that is left. When the orchestrator dies, however, it kills everything at once.
//
// It links nothing, so that it starts fast, and has no state but its family.

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "orchestrator/process/keeper_protocol.hpp"
#include "orchestrator/process/launch.hpp"
#include "programs/keeper_cgroup.hpp"
#include "programs/keeper_family.hpp"
#include "programs/keeper_ready.hpp"
#include "programs/keeper_start.hpp"

namespace {

using namespace orchestrator;

constexpr unsigned kCloseOnExec = 1U << 2;  // CLOSE_RANGE_CLOEXEC

// When a thousand end at once, waking up for each of them takes from all of them the time to end.
constexpr int kBreath = 2;  // milliseconds

/// Nobody ends a keeper but by KILL. \return where SIGCHLD can be read.
int take_signals() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  return ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
}

/// The command has its own copies now; ours would hide the end of the streams.
void let_go_of_streams() {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int stream = 0; stream < 3; ++stream) {
    if (null < 0 || ::dup2(null, stream) < 0) ::close(stream);
  }
  if (null >= 0) ::close(null);
}

class Keeper {
 public:
  Keeper(pid_t leader, int failure, int signals, CommandCgroup& cgroup)
      : leader_(leader), failure_(failure), signals_(signals), cgroup_(cgroup), family_(leader, cgroup) {}

  void keep() {
    for (;;) {
      wait();
      const bool children_changed = drain_signals();
      if (failure_ >= 0 && readable(2)) hear_of_start();
      if (line_ >= 0 && readable(0)) hear_requests();
      if (children_changed) look_after_children();
      if (over_) return;
    }
  }

 private:
  void wait() {
    poll_[0] = pollfd{line_, POLLIN, 0};
    poll_[1] = pollfd{crowded_ ? -1 : signals_, POLLIN, 0};
    poll_[2] = pollfd{failure_, POLLIN, 0};
    while (::poll(poll_.data(), poll_.size(), crowded_ ? kBreath : -1) < 0 && errno == EINTR) {
    }
    crowded_ = false;
  }

  [[nodiscard]] bool readable(std::size_t which) const { return poll_[which].revents != 0; }

  bool drain_signals() {
    signalfd_siginfo info{};
    bool any = false;
    while (::read(signals_, &info, sizeof(info)) == sizeof(info)) any = true;
    return any;
  }

  void tell(const KeeperReport& report) const {
    if (line_ >= 0) ::send(line_, &report, sizeof(report), MSG_NOSIGNAL);
  }

  /// Also when the command is dead already: then the answer is there.
  void hear_of_start() {
    KeeperReport report;
    not_started_ = ::read(failure_, &report, sizeof(report)) == sizeof(report);
    ::close(failure_);
    failure_ = -1;
    if (!not_started_) {
      report.kind = KeeperReportKind::Started;
      report.pid = leader_;
    }
    tell(report);
  }

  void hear_requests() {
    KeeperRequest request;
    for (;;) {
      const ssize_t count = ::recv(line_, &request, sizeof(request), MSG_DONTWAIT);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count < 0 && errno == ECONNRESET) continue;  // told once; what was sent before comes after it
      if (count <= 0) break;
      obey(request);
    }
    // The life line: nobody is there any more who could ask for anything else.
    ::close(line_);
    line_ = -1;
    start_killing();
  }

  void obey(const KeeperRequest& request) {
    if (request.kind == KeeperRequestKind::Kill) {
      start_killing();
    } else {
      family_.signal(request.signal);
    }
    tell_refused();
  }

  void start_killing() {
    killing_ = true;
    family_.kill();
  }

  void look_after_children() {
    family_.reap();
    if (const auto end = family_.leader_end()) {
      if (failure_ >= 0) hear_of_start();
      if (!not_started_) tell_ended(*end);
    }
    if (!family_.alive()) {
      finish();
      return;
    }
    crowded_ = true;
    if (killing_) family_.kill();
    tell_refused();
  }

  void tell_ended(const siginfo_t& end) const {
    KeeperReport report;
    report.kind = KeeperReportKind::Ended;
    report.pid = leader_;
    report.code = end.si_code;
    report.status = end.si_status;
    tell(report);
  }

  void tell_refused() {
    if (const auto pid = family_.refused()) {
      KeeperReport report;
      report.kind = KeeperReportKind::Refused;
      report.pid = *pid;
      report.error = EPERM;
      tell(report);
    }
  }

  /// The locks are free before anybody hears that all is gone.
  void finish() {
    KeeperReport report;
    report.count = family_.reap_all();
    cgroup_.remove();
    ::syscall(SYS_close_range, static_cast<unsigned>(kKeeperLine) + 1U, ~0U, 0U);
    tell(report);
    over_ = true;
  }

  pid_t leader_;
  int failure_;
  int signals_;
  int line_ = kKeeperLine;
  CommandCgroup& cgroup_;
  Family family_;
  std::array<pollfd, 3> poll_{};
  bool crowded_ = false;  // children end, and others live
  bool not_started_ = false;
  bool killing_ = false;
  bool over_ = false;
};

int report_no_process(int error) {
  const KeeperReport report = not_started(LaunchStage::Clone, error);
  ::send(kKeeperLine, &report, sizeof(report), MSG_NOSIGNAL);
  return 1;
}

}  // namespace

int main(int count, char** words) {
  const bool has_order = ::fcntl(kKeeperOrder, F_GETFD) >= 0;
  ::syscall(SYS_close_range, static_cast<unsigned>(kKeeperLine), ~0U, kCloseOnExec);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const int signals = take_signals();
  CommandCgroup cgroup(kKeeperCgroup, count > 1 ? words[1] : "");
  int failure = -1;
  const pid_t leader = has_order ? start_command(kKeeperOrder, cgroup.directory(), failure)
                                 : start_when_ordered(cgroup.directory(), failure);
  if (leader <= 0) {
    const int error = errno;
    cgroup.remove();
    return leader == 0 ? 0 : report_no_process(error);
  }
  let_go_of_streams();
  if (has_order) ::close(kKeeperOrder);
  Keeper keeper(leader, failure, signals, cgroup);
  keeper.keep();
  return 0;
}
