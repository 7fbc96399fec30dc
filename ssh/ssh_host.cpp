#include "ssh/ssh_host.hpp"

#include <sstream>

#include "orchestrator/process/disk_space.hpp"
#include "orchestrator/process/run_process.hpp"
#include "ssh/ssh_process.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kAskFacts =
    "id -un; printf '%s\\n' \"$HOME\" \"${XDG_STATE_HOME:-$HOME/.local/state}/orchestratord\"; uname -s; "
    "cat /proc/sys/kernel/random/boot_id 2>/dev/null; :";

class SshLock final : public HostLock {
 public:
  SshLock(SshLink::Use use, unsigned number) : use_(std::move(use)), number_(number) {}
  ~SshLock() override { use_.control().unlock(number_); }

 private:
  SshLink::Use use_;
  unsigned number_;
};

StartError restricted(const HostSettings& host) {
  return StartError(StartFailure::NotPossible,
                    "cannot run commands on " + describe_host(host) + ": its key is restricted there (forced_command)",
                    "use a host entry with another key, or a job type that such a key allows");
}

LockNotPossible no_locks(const HostSettings& host) {
  return LockNotPossible("no locks on " + describe_host(host) + ": its key is restricted there (forced_command)");
}

}  // namespace

SshHost::SshHost(HostSettings settings, TaskGroup& connections, SshLinkOptions options)
    : settings_(settings), link_(std::move(settings), connections, std::move(options)) {}

awaitable<std::unique_ptr<Process>> SshHost::start(Command command) {
  if (std::holds_alternative<RawShellString>(command.program)) return start_raw(std::move(command));
  return start_loaded(std::move(command));
}

awaitable<std::unique_ptr<Process>> SshHost::start_raw(Command command) {
  SshLink::Use use = co_await link_.use();
  SshSession& session = use.session();
  std::shared_ptr<SshChannel> channel =
      co_await session.enqueue(std::get<RawShellString>(command.program).text, SshSession::Purpose::Work);
  // From here on the command may run: it is ended in good order if nobody wants it any more.
  auto process = std::make_unique<SshProcess>(std::move(use), channel, command, settings_.name);
  bool cancelled = false;
  try {
    static_cast<void>(co_await session.started(channel));
  } catch (const Cancelled&) {
    cancelled = true;
  }
  if (cancelled) {
    if (channel->asked()) static_cast<void>(co_await process->stop());
    throw Cancelled{};
  }
  co_return process;
}

awaitable<std::unique_ptr<Process>> SshHost::start_loaded(Command command) {
  if (settings_.forced_command != ForcedCommand::None) throw restricted(settings_);
  const std::string nonce = make_nonce();
  const std::string code = start_code(command, nonce);
  SshLink::Use use = co_await link_.use();
  std::shared_ptr<SshChannel> channel = co_await use.session().start(loader_line(nonce), SshSession::Purpose::Work);
  auto process = std::make_unique<SshProcess>(std::move(use), channel, command, settings_.name);
  if (facts_) process->booted_as(facts_->boot_id);
  bool cancelled = false;
  try {
    co_await process->load(code, nonce);
  } catch (const Cancelled&) {
    cancelled = true;
  }
  if (cancelled) {
    static_cast<void>(co_await process->stop());
    throw Cancelled{};
  }
  co_return process;
}

awaitable<std::vector<Leftover>> SshHost::reap(ProcessTrace trace, StopLadder ladder) {
  std::vector<Leftover> left;
  // What a restricted key may run ends with its input, and that came with the end of its connection.
  if (settings_.forced_command != ForcedCommand::None) co_return left;
  const HostFacts now = co_await facts();
  if (!trace.boot_id.empty() && trace.boot_id != now.boot_id) co_return left;
  if (trace.group.empty() || trace.start_time.empty()) {
    left.push_back(Leftover{settings_.name, trace.group, "", "nobody knows which process it was"});
    co_return left;
  }
  SshLink::Use use = co_await link_.use();
  RemoteProcess process;
  process.pid = trace.group;
  process.group = trace.group;
  process.start_time = trace.start_time;
  const SshControl::Outcome outcome =
      co_await use.control().end_group(process, std::move(ladder.rungs), ladder.confirm_limit);
  if (outcome == SshControl::Outcome::Left) {
    left.push_back(Leftover{settings_.name, trace.group, "", "still there after SIGKILL"});
  }
  co_return left;
}

awaitable<DiskSpace> SshHost::disk_space(std::string path) { return disk_space_by_df(*this, std::move(path)); }

awaitable<std::unique_ptr<HostLock>> SshHost::lock(std::string name, std::string holder) {
  if (settings_.forced_command != ForcedCommand::None) throw no_locks(settings_);
  SshLink::Use use = co_await link_.use();
  const unsigned number = co_await use.control().lock(std::move(name), std::move(holder));
  co_return std::make_unique<SshLock>(std::move(use), number);
}

awaitable<HostFacts> SshHost::facts() {
  if (facts_) co_return *facts_;
  HostFacts facts;
  facts.user = settings_.user;
  facts.guarantee = Guarantee::EndOfInput;
  if (settings_.forced_command == ForcedCommand::None) {
    Command command;
    command.program = ShellScript{std::string(kAskFacts)};
    const ProcessResult result = co_await run_process(*this, std::move(command));
    facts.guarantee = Guarantee::Group;
    std::istringstream lines(result.output);
    std::string home, state;
    std::getline(lines, facts.user);
    std::getline(lines, home);
    std::getline(lines, state);
    std::getline(lines, facts.system);
    std::getline(lines, facts.boot_id);
    facts.home = home;
    facts.state_directory = state;
  }
  facts_ = facts;
  co_return facts;
}

}  // namespace orchestrator
