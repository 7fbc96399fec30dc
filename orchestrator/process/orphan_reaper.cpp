#include "orchestrator/process/orphan_reaper.hpp"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>

#include <boost/asio/signal_set.hpp>

namespace orchestrator {

namespace {

// Of the whole program: while the runs of an earlier configuration last, there is more than one reaper.
std::multiset<pid_t> all_owned;
std::set<pid_t> all_spared;

}  // namespace

struct OrphanReaper::Signals {
  explicit Signals(asio::io_context& io) : set(io) {}
  asio::signal_set set;
  int period = 0;  // of listening: a wait of an earlier one has nothing to say
  bool listening = false;
};

OrphanReaper::OrphanReaper(asio::io_context& io) : signals_(std::make_shared<Signals>(io)) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot become a subreaper");
  }
  // Ignored, as we may have inherited it, the kernel would reap our children before we know how they ended.
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::pthread_sigmask(SIG_UNBLOCK, &child, nullptr);
}

OrphanReaper::~OrphanReaper() {
  sweep();
  signals_->set.cancel();
}

void OrphanReaper::own(pid_t pid) {
  owned_.insert(pid);
  all_owned.insert(pid);
  if (!signals_->listening) begin_listening();
}

void OrphanReaper::release(pid_t pid) {
  const auto one = owned_.find(pid);
  if (one != owned_.end()) {
    owned_.erase(one);
    all_owned.erase(all_owned.find(pid));
  }
  sweep();  // what stood behind its zombie
  if (owned_.empty()) {
    signals_->set.clear();
    signals_->listening = false;
  }
}

void OrphanReaper::spare(pid_t pid) { all_spared.insert(pid); }

void OrphanReaper::spare_no_longer(pid_t pid) noexcept { all_spared.erase(pid); }

bool OrphanReaper::is_ours(pid_t pid) noexcept { return all_owned.contains(pid) || all_spared.contains(pid); }

void OrphanReaper::begin_listening() {
  signals_->listening = true;
  ++signals_->period;
  signals_->set.add(SIGCHLD);
  // Asio 1.26 installs its handler without flags; then every ending child would interrupt system calls.
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  action.sa_flags |= SA_RESTART | SA_NOCLDSTOP;
  ::sigaction(SIGCHLD, &action, nullptr);
  listen();
  sweep();  // what ended before anybody listened
}

void OrphanReaper::listen() {
  const int period = signals_->period;
  signals_->set.async_wait(
      [this, period, alive = std::weak_ptr(signals_)](const boost::system::error_code& ec, int) {
        if (ec || alive.expired() || !signals_->listening || signals_->period != period) return;
        listen();
        sweep();
        child_ended_.wake_all();
      });
}

void OrphanReaper::sweep() {
  for (;;) {
    siginfo_t info{};
    // The one that the kernel names first stays a zombie while it is owned; others wait behind it until
    // its owner has taken it away, which is soon.
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) return;
    if (all_owned.contains(info.si_pid)) return;
    all_spared.erase(info.si_pid);
    ::waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
  }
}

}  // namespace orchestrator
