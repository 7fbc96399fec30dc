#include "tests/support/fake_host.hpp"

#include <cstring>
#include <utility>

#include "orchestrator/tasks/sleep.hpp"
#include "orchestrator/tasks/wait_queue.hpp"

namespace orchestrator::test {

namespace {

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}

  awaitable<std::size_t> read_some(std::span<char> buffer) override {
    co_await throw_if_cancelled();
    const std::size_t count = std::min(buffer.size(), text_.size());
    std::memcpy(buffer.data(), text_.data(), count);
    text_.erase(0, count);
    co_return count;
  }

 private:
  std::string text_;
};

class NoSink final : public ByteSink {
 public:
  awaitable<bool> write(std::string_view /*bytes*/) override { co_return true; }
  awaitable<void> close() override { co_return; }
};

class FakeProcess final : public Process {
 public:
  FakeProcess(FakeHost& host, FakeCommand command, ProcessTrace trace, Clock& clock)
      : host_(host), command_(std::move(command)), trace_(std::move(trace)), ends_(clock.now() + command_.takes), clock_(clock),
        output_(command_.output), errors_(command_.errors) {
    ++host_.running;
  }
  ~FakeProcess() override {
    if (!stopped_) --host_.running;
  }

  std::string describe() const override { return "fake process"; }
  ProcessTrace trace() const override { return trace_; }
  ByteSink& input() override { return input_; }
  ByteSource& output() override { return output_; }
  ByteSource& errors() override { return errors_; }

  awaitable<ExitStatus> wait() override {
    co_await sleep_until(ends_);
    co_return command_.status;
  }

  awaitable<std::vector<Leftover>> stop() override {
    if (std::exchange(stopped_, true)) co_return std::vector<Leftover>();
    auto ending = [this]() -> awaitable<void> { return sleep_for(command_.stop_takes); };
    if (clock_.now() < ends_) co_await with_shield(std::chrono::hours(1), std::move(ending));
    --host_.running;
    co_return command_.leaves;
  }

 private:
  FakeHost& host_;
  FakeCommand command_;
  ProcessTrace trace_;
  TimePoint ends_;
  Clock& clock_;
  NoSink input_;
  TextSource output_;
  TextSource errors_;
  bool stopped_ = false;
};

class FakeLock final : public HostLock {
 public:
  FakeLock(FakeHost& host, std::string name) : host_(host), name_(std::move(name)) {}
  ~FakeLock() override { host_.held.erase(name_); }

  int descriptor() const noexcept override { return host_.lock_descriptor; }

 private:
  FakeHost& host_;
  std::string name_;
};

class FakeSharedLock final : public HostLock {
 public:
  FakeSharedLock(FakeHost& host, std::string name) : host_(host), name_(std::move(name)) { ++host_.shared[name_]; }
  ~FakeSharedLock() override {
    if (--host_.shared[name_] == 0) host_.shared.erase(name_);
  }

 private:
  FakeHost& host_;
  std::string name_;
};

}  // namespace

/// The numbers of groups begin at 1001.
ProcessTrace FakeHost::trace_of(const Command& command) const {
  ProcessTrace trace;
  trace.boot_id = has_facts.boot_id;
  if (std::holds_alternative<RawShellString>(command.program)) return trace;
  const auto cookie = command.environment.find(std::string(kCommandCookie));
  if (cookie != command.environment.end()) trace.cookie = cookie->second;
  trace.group = std::to_string(1001 + started.size());
  trace.start_time = "77";
  return trace;
}

awaitable<std::unique_ptr<Process>> FakeHost::start(Command command) {
  Task& task = task_of(co_await asio::this_coro::executor);
  task.throw_if_cancelled();
  FakeCommand does;
  if (on_start) does = on_start(command);
  ProcessTrace trace = trace_of(command);
  started.push_back(std::move(command));
  co_return std::make_unique<FakeProcess>(*this, std::move(does), std::move(trace), task.clock());
}

awaitable<std::vector<Leftover>> FakeHost::reap(ProcessTrace trace, StopLadder /*ladder*/) {
  co_await throw_if_cancelled();
  reaped.push_back(trace);
  std::vector<Leftover> left;
  if (on_reap) left = on_reap(trace);
  co_return left;
}

awaitable<DiskSpace> FakeHost::disk_space(std::string /*path*/) {
  co_await throw_if_cancelled();
  co_return DiskSpace();
}

awaitable<std::unique_ptr<HostLock>> FakeHost::lock(std::string lock_name, std::string holder) {
  co_await throw_if_cancelled();
  if (on_lock) on_lock(lock_name);
  if (shared.contains(lock_name)) throw LockBusy(lock_name, "");
  const auto [lock, is_free] = held.emplace(lock_name, std::move(holder));
  if (!is_free) throw LockBusy(lock_name, lock->second);
  locks.push_back(lock_name);
  co_return std::make_unique<FakeLock>(*this, std::move(lock_name));
}

awaitable<std::unique_ptr<HostLock>> FakeHost::share_lock(std::string lock_name, std::string /*holder*/) {
  co_await throw_if_cancelled();
  const auto holder = held.find(lock_name);
  if (holder != held.end()) throw LockBusy(lock_name, holder->second);
  co_return std::make_unique<FakeSharedLock>(*this, std::move(lock_name));
}

awaitable<std::optional<bool>> FakeHost::finds(std::string program, std::string /*path*/) {
  std::optional<bool> found;
  if (programs) found = programs->contains(program);
  co_return found;
}

awaitable<HostFacts> FakeHost::facts() {
  co_await throw_if_cancelled();
  co_return has_facts;
}

FakeHost& FakeHosts::get(const std::string& name) {
  std::unique_ptr<FakeHost>& host = hosts_[name];
  if (!host) host = std::make_unique<FakeHost>(name);
  return *host;
}

}  // namespace orchestrator::test
