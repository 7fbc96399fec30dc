#include "orchestrator/process/reap.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <set>
#include <string>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "orchestrator/error.hpp"
#include "orchestrator/process/descriptor.hpp"
#include "orchestrator/process/proc.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/run_blocking.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

namespace {

/// A process of the command.
struct Remnant {
  pid_t pid = 0;
  pid_t group = 0;
  std::string name;
  bool is_keeper = false;
  bool told = false;  // has had the signal of the rung
  Descriptor pidfd;
};

bool has_ended(const Remnant& remnant) {
  pollfd end{remnant.pidfd.get(), POLLIN, 0};
  return ::poll(&end, 1, 0) > 0;
}

/// Ourselves and those above us.
std::set<pid_t> spared_processes() {
  std::set<pid_t> spared{0, 1};
  for (pid_t pid = ::getpid(); pid > 1 && spared.insert(pid).second;) {
    const std::optional<ProcStat> stat = read_proc_stat(pid);
    if (!stat) break;
    pid = stat->parent;
  }
  return spared;
}

/// Whether a program is the keeper that was installed with us.
bool is_keeper(pid_t pid) {
  std::error_code ec;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", ec);
  if (ec || program.filename() != "keeper") return false;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", ec).parent_path();
  const std::filesystem::path folder = program.parent_path();
  const char* libexec = std::getenv("ORCHESTRATOR_LIBEXEC");
  return folder == here || folder == here.parent_path() / "libexec/orchestratord" || (libexec && folder == libexec);
}

/// The keepers above `found`: they end their commands by themselves, and hold locks until they have.
void add_keepers(std::vector<Remnant>& found) {
  std::set<pid_t> seen;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::optional<ProcStat> stat = read_proc_stat(found[i].pid);
    if (!stat || !seen.insert(stat->parent).second || !is_keeper(stat->parent)) continue;
    Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, stat->parent, 0)));
    if (pidfd && is_keeper(stat->parent)) found.push_back(Remnant{stat->parent, 0, "keeper", true, false, std::move(pidfd)});
  }
}

/// The group of the trace, if its leader still is the process that it was.
pid_t group_with_its_leader(const ProcessTrace& trace) {
  pid_t group = 0;
  std::from_chars(trace.group.data(), trace.group.data() + trace.group.size(), group);
  if (group <= 1 || trace.start_time.empty() || trace.boot_id.empty()) return 0;
  const std::optional<ProcStat> leader = read_proc_stat(group);
  return leader && leader->start_time == trace.start_time ? group : 0;
}

/// Every living process of the command. Walks /proc: for a thread.
/// \param group that is known to be the command's; 0: look whether the trace's is.
std::vector<Remnant> find_remnants(const ProcessTrace& trace, pid_t group) {
  if (group == 0) group = group_with_its_leader(trace);
  const std::string entry = std::string(kCommandCookie) + "=" + trace.cookie;
  const std::set<pid_t> spared = spared_processes();
  std::vector<Remnant> found;
  for (const pid_t pid : all_processes()) {
    if (spared.contains(pid)) continue;
    const std::optional<ProcStat> seen = read_proc_stat(pid);
    if (!seen || !seen->lives()) continue;
    const bool in_group = group != 0 && seen->group == group;
    if (!in_group && (trace.cookie.empty() || !has_in_environment(pid, entry))) continue;
    Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd && errno != ESRCH) throw Error("cannot watch process " + std::to_string(pid));
    // Looked at again, because the number could have been given to another process in between.
    const std::optional<ProcStat> still = read_proc_stat(pid);
    if (!pidfd || !still || still->start_time != seen->start_time) continue;
    found.push_back(Remnant{pid, still->group, still->name, false, false, std::move(pidfd)});
  }
  add_keepers(found);
  return found;
}

class Reaping {
 public:
  Reaping(asio::io_context& io, ProcessTrace trace, StopLadder ladder)
      : io_(io), trace_(std::move(trace)), ladder_(std::move(ladder)) {}

  awaitable<std::vector<Leftover>> run() {
    for (const StopRung& rung : ladder_.rungs) {
      for (Remnant& remnant : remnants_) remnant.told = false;
      auto climb = [this, &rung] { return until_gone(rung.signal); };
      const Duration wait = rung.signal == "KILL" ? ladder_.confirm_limit : rung.wait;
      const ScopeEnd end = co_await with_limit(wait, std::move(climb));
      if (end == ScopeEnd::Finished) co_return std::vector<Leftover>();
    }
    co_return leftovers();
  }

 private:
  /// Again until nobody is found: those that end may have started others.
  awaitable<void> until_gone(std::string signal) {
    for (;;) {
      co_await look();
      if (remnants_.empty()) co_return;
      for (Remnant& remnant : remnants_) tell(remnant, signal);
      for (const Remnant& remnant : remnants_) {
        asio::posix::stream_descriptor event(io_, ::fcntl(remnant.pidfd.get(), F_DUPFD_CLOEXEC, 3));
        co_await event.async_wait(asio::posix::stream_descriptor::wait_read, use_task);
      }
    }
  }

  awaitable<void> look() {
    std::erase_if(remnants_, has_ended);
    pid_t group = 0;
    // As long as one of its members lives, the id of a group stays what it was.
    for (const Remnant& remnant : remnants_) {
      if (std::to_string(remnant.group) == trace_.group && group_was_ours_) group = remnant.group;
    }
    auto find = [trace = trace_, group] { return find_remnants(trace, group); };
    std::vector<Remnant> found = co_await run_blocking(std::move(find));
    for (Remnant& one : found) {
      const auto same = [&one](const Remnant& known) { return known.pid == one.pid; };
      if (std::any_of(remnants_.begin(), remnants_.end(), same)) continue;
      group_was_ours_ = group_was_ours_ || std::to_string(one.group) == trace_.group;
      remnants_.push_back(std::move(one));
    }
  }

  void tell(Remnant& remnant, const std::string& signal) {
    if (remnant.is_keeper || std::exchange(remnant.told, true)) return;
    const auto send = [&remnant](int number) {
      return ::syscall(SYS_pidfd_send_signal, remnant.pidfd.get(), number, nullptr, 0) == 0 || errno != EPERM;
    };
    if (!send(signal_number(signal))) may_not_signal_ = true;
    if (signal != "KILL") send(SIGCONT);  // what is stopped would not hear it
  }

  [[nodiscard]] std::vector<Leftover> leftovers() const {
    std::string why = "still there " + format_duration(ladder_.confirm_limit) + " after SIGKILL";
    if (may_not_signal_) why = "it belongs to another user and may not be signalled";
    std::vector<Leftover> left;
    std::set<pid_t> groups;
    for (const Remnant& remnant : remnants_) {
      if (remnant.is_keeper || has_ended(remnant) || !groups.insert(remnant.group).second) continue;
      left.push_back(Leftover{"", std::to_string(remnant.group), remnant.name, why});
    }
    return left;
  }

  asio::io_context& io_;
  ProcessTrace trace_;
  StopLadder ladder_;
  std::vector<Remnant> remnants_;
  bool group_was_ours_ = false;
  bool may_not_signal_ = false;
};

}  // namespace

awaitable<std::vector<Leftover>> reap_here(asio::io_context& io, ProcessTrace trace, StopLadder ladder) {
  const std::string boot_id = read_boot_id();
  if (!trace.boot_id.empty() && !boot_id.empty() && trace.boot_id != boot_id) co_return std::vector<Leftover>();
  Reaping reaping(io, std::move(trace), std::move(ladder));
  std::vector<Leftover> left = co_await reaping.run();
  co_return left;
}

}  // namespace orchestrator
