#include "ssh/ssh_host.hpp"

#include <sstream>

#include "orchestrator/process/disk_space.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/random_id.hpp"
#include "ssh/ssh_process.hpp"
#include "ssh/target.hpp"

namespace orchestrator {

namespace {

constexpr std::string_view kConnectionCookie = "ORCHESTRATOR_CONNECTION";

constexpr std::string_view kAskFacts =
    "id -un && printf '%s\\n' \"$HOME\" \"${XDG_STATE_HOME:-$HOME/.local/state}/orchestratord\" && uname -s";

class SshLock final : public HostLock {
 public:
  SshLock(SshLink::Use use, unsigned number) : use_(std::move(use)), number_(number) {}
  ~SshLock() override { use_.warden().unlock(number_); }

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

Error no_facts(const HostSettings& host, const ProcessResult& result) {
  return Error("cannot ask " + describe_host(host) + " who it is: id or uname: " + to_string(result.status) + ", '" +
                   last_words(result.errors) + "'",
               "the login needs a PATH with the base system's programs");
}

void read_facts(const std::string& output, HostFacts& facts) {
  std::istringstream lines(output);
  std::string home, state;
  std::getline(lines, facts.user);
  std::getline(lines, home);
  std::getline(lines, state);
  std::getline(lines, facts.system);
  facts.home = home;
  facts.state_directory = state;
}

}  // namespace

SshHost::SshHost(HostSettings settings, TaskGroup& connections, SshLinkOptions options)
    : settings_(settings), link_(std::move(settings), connections, std::move(options)) {}

awaitable<std::unique_ptr<Process>> SshHost::start(Command command) {
  const auto* raw = std::get_if<RawShellString>(&command.program);
  if (!raw) return start_loaded(std::move(command));
  if (settings_.forced_command != ForcedCommand::None) return start_raw(std::move(command));
  // Nobody compares it: it is a script like any other, with a group, a cookie and a warden.
  command.program = ShellScript{raw->text};
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
  if (!cancelled) co_return process;
  std::vector<Leftover> left;
  if (channel->asked()) left = co_await process->stop();
  if (left.empty()) throw Cancelled{};
  co_return process;  // see start_loaded
}

awaitable<std::unique_ptr<Process>> SshHost::start_loaded(Command command) {
  if (settings_.forced_command != ForcedCommand::None) throw restricted(settings_);
  Meeting met = co_await meet_again(command);
  command.environment[std::string(kConnectionCookie)] = met.connection;
  std::string code = start_code(command, met.nonce);
  bool cancelled = false;
  try {
    co_await met.process->load(code, met.nonce);
  } catch (const StartError& error) {
    // Lost after the code had been sent: the program may run. Whoever holds the process hears of the loss by the first
    // thing that it asks, and `stop` looks for what runs over a new connection.
    if (error.failure() != StartFailure::Unreachable) {
      met.process->forget();
      throw;
    }
  } catch (const Cancelled&) {
    cancelled = true;
  }
  if (cancelled) {
    const std::vector<Leftover> left = co_await met.process->stop();
    // What could not be confirmed would not be heard of: so whoever holds the process asks again, after the cancellation
    // that is still there.
    if (left.empty()) throw Cancelled{};
  }
  co_return std::move(met.process);
}

awaitable<SshHost::Meeting> SshHost::meet_again(const Command& command) {
  const bool reused = link_.connected();
  bool was_dead = false;
  Meeting met;
  try {
    met = co_await meet(command);
  } catch (const StartError& error) {
    // A connection that had been idle turned out to be dead. Nothing of the command has been sent.
    was_dead = reused && error.failure() == StartFailure::Unreachable && !link_.connected();
    if (!was_dead) throw;
  }
  if (was_dead) met = co_await meet(command);
  co_return met;
}

awaitable<SshHost::Meeting> SshHost::meet(const Command& command) {
  SshLink::Use use = co_await link_.use();
  Meeting met;
  co_await use.warden().opened();
  met.connection = use.warden().id();
  // The nonce is in the loader's argument vector: it is found by it until it has become the program.
  met.nonce = met.connection + random_id();
  std::shared_ptr<SshChannel> channel = co_await use.session().start(loader_line(met.nonce), SshSession::Purpose::Work);
  SshProcess::Reaper reaper = [this](ProcessTrace trace, StopLadder ladder) {
    return reap(std::move(trace), std::move(ladder));
  };
  met.process = std::make_unique<SshProcess>(std::move(use), channel, command, settings_.name, std::move(reaper));
  bool cancelled = false;
  try {
    co_await met.process->meet(met.nonce);
  } catch (const Cancelled&) {
    cancelled = true;
  }
  if (cancelled) {
    static_cast<void>(co_await met.process->stop());
    throw Cancelled{};
  }
  co_return met;
}

awaitable<std::vector<Leftover>> SshHost::reap(ProcessTrace trace, StopLadder ladder) {
  std::vector<Leftover> left;
  // What a restricted key may run ends with its input, and that came with the end of its connection.
  if (settings_.forced_command != ForcedCommand::None) co_return left;
  SshLink::Use use = co_await link_.use();
  co_await use.warden().ready();
  const bool known = !trace.cookie.empty() || (!trace.group.empty() && !trace.start_time.empty());
  Leftover entry{settings_.name, trace.group, "", ""};
  if (!known) {
    entry.why = "nobody knows which process it was";
  } else if (co_await use.warden().reap(std::move(trace), std::move(ladder)) != SshWarden::Outcome::Gone) {
    entry.why = settings_.sudo ? "still there after SIGKILL, not certain to be ours, or a child of sudo that we may not end"
                               : "still there after SIGKILL, or not certain to be ours";
  }
  if (!entry.why.empty()) left.push_back(std::move(entry));
  co_return left;
}

awaitable<DiskSpace> SshHost::disk_space(std::string path) { return disk_space_by_df(*this, std::move(path)); }

awaitable<std::unique_ptr<HostLock>> SshHost::lock(std::string name, std::string holder) {
  if (settings_.forced_command != ForcedCommand::None) throw no_locks(settings_);
  SshLink::Use use = co_await link_.use();
  const unsigned number = co_await use.warden().lock(std::move(name), std::move(holder));
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
    if (!succeeded(result.status)) throw no_facts(settings_, result);
    read_facts(result.output, facts);
    SshLink::Use use = co_await link_.use();
    co_await use.warden().ready();
    facts.guarantee = use.warden().guarantee();
    facts.boot_id = use.warden().boot_id();
    if (settings_.sudo && facts.user != "root") sudo_facts_ = read_sudo_facts(use.warden().missing(), facts.user);
  }
  facts_ = facts;
  co_return facts;
}

}  // namespace orchestrator
