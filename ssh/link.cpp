#include "ssh/link.hpp"

#include "orchestrator/host.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

ScopeOptions deaf() {
  ScopeOptions options;
  options.shield = Shield::Full;
  // A second Ctrl-C hurries those who use the connection; it goes when they are done.
  options.kill_limit = std::chrono::hours(24);
  return options;
}

}  // namespace

struct SshLink::Attempt {
  explicit Attempt(std::shared_ptr<const Config> c) : config(std::move(c)) {}

  std::shared_ptr<const Config> config;
  CancelScope scope{deaf()};
  std::shared_ptr<SshConnection> connection;
  std::unique_ptr<SshWarden> warden;
  std::exception_ptr error;
  bool over = false;        // no connection any more, or never, or soon
  std::size_t waiting = 0;  // for it to be made
  std::size_t uses = 0;
  WaitQueue settled;
  WaitQueue uses_changed;
};

SshLink::Use::Use(std::shared_ptr<Attempt> attempt) : attempt_(std::move(attempt)) {
  ++attempt_->uses;
  attempt_->uses_changed.wake_all();
}

SshLink::Use::~Use() {
  if (!attempt_) return;
  --attempt_->uses;
  attempt_->uses_changed.wake_all();
}

SshConnection& SshLink::Use::connection() const noexcept { return *attempt_->connection; }

SshWarden& SshLink::Use::warden() const noexcept { return *attempt_->warden; }

SshLink::SshLink(HostSettings host, TaskGroup& connections, SshLinkOptions options)
    : config_(std::make_shared<const Config>(Config{std::move(host), std::move(options)})), connections_(connections) {}

SshLink::~SshLink() = default;

awaitable<SshLink::Use> SshLink::use() {
  co_await throw_if_cancelled();
  std::shared_ptr<Attempt> attempt = current_;
  const bool failed = attempt && attempt->connection && attempt->connection->session()->failed();
  const bool usable = attempt && !attempt->over && !failed && !attempt->scope.cancel_requested();
  if (!usable) attempt = begin();
  ++attempt->waiting;
  bool cancelled = false;
  try {
    while (!attempt->connection && !attempt->over) co_await attempt->settled.wait("a connection to a host");
  } catch (const Cancelled&) {
    cancelled = true;
  }
  --attempt->waiting;
  if (cancelled) {
    const bool wanted = attempt->waiting > 0 || attempt->connection;
    if (!wanted) attempt->scope.cancel(CancelReason{CancelCause::ClientGone, "nobody waits for the connection any more"});
    throw Cancelled{};
  }
  if (!attempt->connection) std::rethrow_exception(attempt->error);
  co_return Use(attempt);
}

bool SshLink::connected() const noexcept {
  return current_ && !current_->over && current_->connection && !current_->connection->session()->failed();
}

std::shared_ptr<SshLink::Attempt> SshLink::begin() {
  if (connections_.scope().cancelled()) {
    throw StartError(StartFailure::Unreachable, "cannot connect to " + describe_host(config_->host) + ": the program is ending");
  }
  auto attempt = std::make_shared<Attempt>(config_);
  connections_.spawn("connection to '" + config_->host.name + "'", [attempt]() -> awaitable<void> {
    auto body = [attempt] { return run(attempt); };
    co_await with_cancel_scope(attempt->scope, std::move(body));
  });
  current_ = attempt;
  return attempt;
}

awaitable<void> SshLink::run(std::shared_ptr<Attempt> attempt) {
  try {
    co_await connect(attempt);
  } catch (const Cancelled&) {
    attempt->error = std::make_exception_ptr(
        StartError(StartFailure::Unreachable, "cannot connect to " + describe_host(attempt->config->host) + ": given up"));
  } catch (const std::exception&) {
    attempt->error = std::current_exception();
  }
  if (attempt->connection) attempt->warden = std::make_unique<SshWarden>(*attempt->connection);
  attempt->over = !attempt->connection;
  attempt->settled.wake_all();
  if (attempt->connection) co_await serve(attempt);
  attempt->over = true;
}

awaitable<void> SshLink::connect(std::shared_ptr<Attempt> attempt) {
  DialProgress progress;
  auto open = [attempt, &progress]() -> awaitable<void> {
    attempt->connection = co_await SshConnection::open(attempt->config->host, attempt->config->options.passphrase, progress);
  };
  const ScopeEnd end = co_await with_limit(attempt->config->host.connect_timeout, std::move(open));
  if (end == ScopeEnd::Finished) co_return;
  throw no_answer(attempt->config->host, progress);
}

awaitable<void> SshLink::serve(std::shared_ptr<Attempt> attempt) {
  auto body = [attempt](TaskGroup& group) -> awaitable<void> {
    group.spawn("idle", [attempt] { return close_when_idle(attempt); });
    if (attempt->config->host.forced_command == ForcedCommand::None) {
      group.spawn("warden", [attempt] { return attempt->warden->run(); });
      group.spawn("heartbeat", [attempt] { return attempt->warden->beat(); });
    }
    co_await attempt->connection->serve();
    group.cancel(CancelReason{CancelCause::ConnectionLost});
  };
  co_await with_task_group(std::move(body));
}

awaitable<void> SshLink::close_when_idle(std::shared_ptr<Attempt> attempt) {
  for (;;) {
    while (attempt->uses > 0) co_await attempt->uses_changed.wait("the end of a connection's use");
    auto used_again = [attempt]() -> awaitable<void> {
      while (attempt->uses == 0) co_await attempt->uses_changed.wait("somebody to use a connection");
    };
    const ScopeEnd end = co_await with_limit(attempt->config->options.idle_limit, std::move(used_again));
    if (end == ScopeEnd::Finished) continue;
    attempt->over = true;
    attempt->connection->close();
    co_return;
  }
}

void SshLink::close() {
  if (!current_) return;
  const std::shared_ptr<Attempt> attempt = std::exchange(current_, nullptr);
  if (attempt->connection) {
    attempt->connection->close();
  } else {
    attempt->scope.cancel(CancelReason{CancelCause::Shutdown});
  }
}

}  // namespace orchestrator
