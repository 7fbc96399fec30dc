#include "orchestrator/process/local_process.hpp"

#include <cassert>
#include <csignal>
#include <filesystem>
#include <system_error>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "orchestrator/process/proc.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/use_task.hpp"

namespace orchestrator {

namespace {

std::string name_of(const Program& program) {
  const auto* vector = std::get_if<ArgumentVector>(&program);
  return vector ? std::filesystem::path(vector->words.front()).filename().string() : "sh";
}

ProcessTrace trace_of(pid_t leader, const Command& command) {
  ProcessTrace trace;
  const auto cookie = command.environment.find(std::string(kCommandCookie));
  if (cookie != command.environment.end()) trace.cookie = cookie->second;
  trace.boot_id = read_boot_id();
  trace.group = std::to_string(leader);
  if (const std::optional<ProcStat> stat = read_proc_stat(leader)) trace.start_time = stat->start_time;
  return trace;
}

}  // namespace

LocalProcess::LocalProcess(asio::io_context& io, OrphanReaper& reaper, Launched launched, Descriptor event,
                           LocalPipes pipes, const Command& command)
    : io_(io),
      reaper_(reaper),
      child_(io, std::move(launched), std::move(event)),
      group_(child_.pid()),
      pipes_(std::move(pipes)),
      name_(name_of(command.program)),
      command_(orchestrator::describe(command.program)),
      trace_(trace_of(child_.pid(), command)),
      ladder_(command.stop) {
  reaper_.own(child_.pid());
}

LocalProcess::~LocalProcess() {
  if (over_) return;
  group_.signal(SIGKILL);
  let_go();
}

std::string LocalProcess::describe() const { return name_ + ", pid " + std::to_string(child_.pid()); }

ByteSink& LocalProcess::input() {
  assert(pipes_.input && "the command did not ask for a pipe to its input");
  return *pipes_.input;
}

ByteSource& LocalProcess::output() {
  assert(pipes_.output && "the command did not ask for a pipe from its output");
  return *pipes_.output;
}

ByteSource& LocalProcess::errors() {
  assert(pipes_.errors && "the command did not ask for a pipe from its errors");
  return *pipes_.errors;
}

awaitable<ExitStatus> LocalProcess::wait() {
  Task& task = task_of(co_await asio::this_coro::executor);
  const WaitingFor note(task, "a process to end");
  co_await child_.wait_ended();
  co_return *child_.status();
}

awaitable<std::vector<Leftover>> LocalProcess::stop() {
  if (over_) co_return leftovers_;
  if (!ended()) {
    // Nobody talks with the command any more, and some do not obey before they have said their last words, or heard
    // that there is no answer (rsync).
    if (pipes_.input) co_await pipes_.input->close();
    if (pipes_.output) pipes_.output->widen();
    if (pipes_.errors) pipes_.errors->widen();
  }
  co_await climb_down();

  // Also when all seems to have ended: it reaches what has left the tree but not the group, and the leader's zombie
  // still holds the id. Nothing happens to anybody otherwise.
  signal("KILL");
  if (swept()) {
    let_go();
    co_return leftovers_;
  }
  ScopeOptions options;
  options.limit = ladder_.confirm_limit;
  options.shield = Shield::Full;
  options.kill_limit = ladder_.confirm_limit;
  CancelScope confirming(options);
  auto body = [this] { return confirm(); };
  const ScopeEnd end = co_await with_cancel_scope(confirming, std::move(body));
  if (end == ScopeEnd::Cancelled || !cannot_look_.empty()) {
    std::string why = "still there " + format_duration(ladder_.confirm_limit) + " after SIGKILL";
    if (may_not_signal_) why = "it belongs to another user and may not be signalled";
    if (!cannot_look_.empty()) why = cannot_look_;
    leftovers_.push_back(Leftover{"", std::to_string(group_.id()), command_, why});
  }
  let_go();
  co_return leftovers_;
}

/// The rungs above KILL, until all has ended.
awaitable<void> LocalProcess::climb_down() {
  Task& task = task_of(co_await asio::this_coro::executor);
  for (const StopRung& rung : ladder_.rungs) {
    if (rung.signal == "KILL" || ended() || task.scope().seen_level() == CancelLevel::Kill) co_return;
    signal(rung.signal);
    signal("CONT");  // what is stopped would not hear it
    ScopeOptions options;
    options.limit = rung.wait;
    options.shield = Shield::UntilKill;
    CancelScope grace(options);
    auto body = [this] { return wait_ended(); };
    (void)co_await with_cancel_scope(grace, std::move(body));  // what has not ended gets the next rung
  }
}

bool LocalProcess::ended() const { return child_.ended() && !group_.has_living_child(); }

void LocalProcess::signal(const std::string& name) {
  if (!group_.signal(signal_number(name))) may_not_signal_ = true;
}

/// Until the main process and all in its group that we are the parent of have ended.
awaitable<void> LocalProcess::wait_ended() {
  co_await child_.wait_ended();
  while (group_.has_living_child()) co_await reaper_.child_ended().wait("the rest of a process group to end");
}

/// Takes away the zombies when all has ended. \return whether the group is gone.
bool LocalProcess::swept() {
  if (!ended()) return false;
  child_.reap();
  group_.reap_zombies();
  return group_.empty();
}

/// Until nothing of the group is left.
awaitable<void> LocalProcess::confirm() {
  co_await wait_ended();
  while (!swept()) {
    // Children of a process that has left the group. Zombies among them are its business and count as gone.
    std::vector<Descriptor> members;
    try {
      members = group_.living_members();
    } catch (const std::system_error& error) {
      cannot_look_ = error.what();
      co_return;
    }
    if (members.empty()) co_return;
    for (Descriptor& member : members) {
      asio::posix::stream_descriptor event(io_, member.release());
      co_await event.async_wait(asio::posix::stream_descriptor::wait_read, use_task);
    }
  }
}

void LocalProcess::let_go() {
  over_ = true;
  reaper_.release(child_.pid());
}

}  // namespace orchestrator
