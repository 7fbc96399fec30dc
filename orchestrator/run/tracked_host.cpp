#include "orchestrator/run/tracked_host.hpp"

#include <utility>

namespace orchestrator {

namespace {

class TrackedProcess final : public Process {
 public:
  TrackedProcess(std::unique_ptr<Process> process, RunHosts& hosts, RunHosts::Running running, RunLedger& ledger,
                 unsigned number)
      : process_(std::move(process)),
        hosts_(hosts),
        running_(std::move(running)),
        ledger_(ledger),
        number_(number) {}

  std::string describe() const override { return process_->describe(); }
  ProcessTrace trace() const override { return process_->trace(); }
  ByteSink& input() override { return process_->input(); }
  ByteSource& output() override { return process_->output(); }
  ByteSource& errors() override { return process_->errors(); }

  awaitable<ExitStatus> wait() override {
    ExitStatus status = co_await process_->wait();
    if (!std::exchange(told_, true) && on_exit) on_exit(status);
    co_return status;
  }

  awaitable<std::vector<Leftover>> stop() override {
    std::vector<Leftover> left = co_await process_->stop();
    running_.end();
    hosts_.left(left);
    if (!std::exchange(recorded_, true)) {
      co_await ledger_.ended(number_, left.empty() ? CommandState::Gone : CommandState::Left);
    }
    co_return left;
  }

  std::function<void(const ExitStatus&)> on_exit;

 private:
  std::unique_ptr<Process> process_;
  RunHosts& hosts_;
  RunHosts::Running running_;
  RunLedger& ledger_;
  unsigned number_;
  bool told_ = false;
  bool recorded_ = false;
};

/// A lock that commands are told of while it is held.
class TrackedLock final : public HostLock {
 public:
  TrackedLock(std::unique_ptr<HostLock> lock, RunHosts& hosts) : lock_(std::move(lock)), hosts_(hosts) {
    hosts_.holds(lock_->descriptor());
  }
  ~TrackedLock() override { hosts_.lets_go(lock_->descriptor()); }

  int descriptor() const noexcept override { return lock_->descriptor(); }

 private:
  std::unique_ptr<HostLock> lock_;
  RunHosts& hosts_;
};

}  // namespace

TrackedHost::TrackedHost(Host& host, RunHosts& hosts, RunLedger& ledger, Log log)
    : host_(host), hosts_(hosts), ledger_(ledger), log_(std::move(log)) {}

template <class Value>
awaitable<Value> TrackedHost::watched(awaitable<Value> call) {
  try {
    co_return co_await std::move(call);
  } catch (const StartError& error) {
    if (error.failure() == StartFailure::Unreachable) hosts_.unreachable(name(), error.what());
    throw;
  }
}

awaitable<std::unique_ptr<Process>> TrackedHost::start_recorded(Command command, unsigned number) {
  std::string text = describe(command.program);
  std::string cookie = command.environment.at(std::string(kCommandCookie));
  co_await ledger_.intend(host_, number, std::move(text), std::move(cookie));
  std::unique_ptr<Process> process;
  std::exception_ptr error;
  CommandState state = CommandState::Gone;
  try {
    process = co_await host_.start(std::move(command));
  } catch (const StartError& not_started) {
    // The connection may have been lost after the command had been sent.
    if (!is_local() && not_started.failure() == StartFailure::Unreachable) state = CommandState::Left;
    error = std::current_exception();
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    co_await ledger_.ended(number, state);
    std::rethrow_exception(error);
  }
  co_await ledger_.started(number, process->trace());
  co_return process;
}

awaitable<std::unique_ptr<Process>> TrackedHost::start(Command command) {
  const unsigned number = hosts_.next_command();
  const std::string label = "command " + std::to_string(number);
  const bool is_raw = std::holds_alternative<RawShellString>(command.program);
  hosts_.add_cookie(number, command.environment);
  if (is_local()) {
    command.locks = hosts_.locks();
    if (command.run_as.empty()) command.run_as = hosts_.run_as();
  }
  log_(LogLevel::Debug, name(), label + ": " + describe(command.program));
  RunHosts::Running running(hosts_, name());
  std::unique_ptr<Process> process = co_await watched(start_recorded(std::move(command), number));
  hosts_.started(name());
  // What a login shell gets as it is may have no environment of ours.
  if (is_raw && process->trace().cookie.empty()) hosts_.ends_with_input(name());
  auto tracked =
      std::make_unique<TrackedProcess>(std::move(process), hosts_, std::move(running), ledger_, number);
  tracked->on_exit = [this, label](const ExitStatus& status) {
    log_(LogLevel::Debug, name(), label + ": " + to_string(status));
  };
  co_return tracked;
}

awaitable<std::vector<Leftover>> TrackedHost::reap(ProcessTrace trace, StopLadder ladder) {
  return watched(host_.reap(std::move(trace), std::move(ladder)));
}

awaitable<DiskSpace> TrackedHost::disk_space(std::string path) {
  return watched(host_.disk_space(std::move(path)));
}

awaitable<std::unique_ptr<HostLock>> TrackedHost::lock(std::string lock_name, std::string holder) {
  std::unique_ptr<HostLock> lock = co_await watched(host_.lock(std::move(lock_name), std::move(holder)));
  co_return tracked(std::move(lock));
}

awaitable<std::unique_ptr<HostLock>> TrackedHost::share_lock(std::string lock_name, std::string holder) {
  std::unique_ptr<HostLock> lock = co_await watched(host_.share_lock(std::move(lock_name), std::move(holder)));
  co_return tracked(std::move(lock));
}

std::unique_ptr<HostLock> TrackedHost::tracked(std::unique_ptr<HostLock> lock) const {
  if (lock->descriptor() < 0) return lock;
  return std::make_unique<TrackedLock>(std::move(lock), hosts_);
}

awaitable<std::optional<bool>> TrackedHost::finds(std::string program, std::string path) {
  // What another user may execute, we cannot tell.
  if (!hosts_.run_as().empty()) co_return std::nullopt;
  co_return co_await host_.finds(std::move(program), std::move(path));
}

awaitable<HostFacts> TrackedHost::facts() { return watched(host_.facts()); }

}  // namespace orchestrator
