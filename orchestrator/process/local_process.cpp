#include "orchestrator/process/local_process.hpp"

#include <cassert>
#include <csignal>
#include <filesystem>
#include <set>

#include "orchestrator/process/own_cgroup.hpp"
#include "orchestrator/process/proc.hpp"
#include "orchestrator/tasks/format_duration.hpp"
#include "orchestrator/tasks/scope.hpp"

namespace orchestrator {

namespace {

std::string name_of(const Program& program) {
  const auto* vector = std::get_if<ArgumentVector>(&program);
  return vector ? std::filesystem::path(vector->words.front()).filename().string() : "sh";
}

}  // namespace

LocalProcess::LocalProcess(asio::io_context& io, OrphanReaper& reaper, KeeperHandle keeper, LocalPipes pipes,
                           const Command& command)
    : reaper_(reaper),
      keeper_(io, std::move(keeper.process), std::move(keeper.event)),
      line_(io, std::move(keeper.line)),
      cgroups_(keeper.cgroups),
      cgroup_(std::move(keeper.cgroup)),
      pipes_(std::move(pipes)),
      name_(name_of(command.program)),
      command_(orchestrator::describe(command.program)),
      ladder_(command.stop) {
  const auto cookie = command.environment.find(std::string(kCommandCookie));
  if (cookie != command.environment.end()) trace_.cookie = cookie->second;
  reaper_.own(keeper_.pid());
}

LocalProcess::~LocalProcess() {
  if (over_) return;
  kill_what_was_lost();
  let_go();
}

std::string LocalProcess::describe() const {
  return leader_ ? name_ + ", pid " + std::to_string(*leader_) : name_ + ", being started";
}

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

awaitable<void> LocalProcess::wait_started() {
  Task& task = task_of(co_await asio::this_coro::executor);
  const WaitingFor note(task, "a command to start");
  while (!line_.leader() && !line_.failure() && !line_.lost()) co_await line_.wait();
  note_leader();
}

/// Should it become our child, nobody but us may reap it: its zombie pins the id of its group.
void LocalProcess::note_leader() {
  if (leader_ || !line_.leader()) return;
  leader_ = line_.leader();
  reaper_.own(*leader_);
  trace_.boot_id = read_boot_id();
  trace_.group = std::to_string(*leader_);
  if (const auto stat = process_stat(*leader_)) trace_.start_time = std::to_string(stat->start_time);
}

awaitable<ExitStatus> LocalProcess::wait() {
  Task& task = task_of(co_await asio::this_coro::executor);
  const WaitingFor note(task, "a process to end");
  while (!line_.status() && !line_.lost()) co_await line_.wait();
  if (line_.status()) co_return *line_.status();
  if (over_) co_return Unknown{};
  co_await take_over();
  std::optional<ExitStatus> status = lost_->status();
  while (!status) {
    co_await reaper_.child_ended().wait("a process to end");
    status = lost_->status();
  }
  co_return *status;
}

awaitable<std::vector<Leftover>> LocalProcess::stop() {
  if (over_) co_return leftovers_;
  line_.hear();
  note_leader();
  if (!gone()) {
    // Nobody talks with the command any more, and some do not obey before they have said their last words, or heard
    // that there is no answer (rsync).
    if (pipes_.input) co_await pipes_.input->close();
    if (pipes_.output) pipes_.output->widen();
    if (pipes_.errors) pipes_.errors->widen();
  }
  co_await climb_down();
  if (!gone()) kill();
  ScopeOptions options;
  options.limit = ladder_.confirm_limit;
  options.shield = Shield::Full;
  options.kill_limit = ladder_.confirm_limit;
  CancelScope confirming(options);
  auto body = [this] { return confirm(); };
  const ScopeEnd end = co_await with_cancel_scope(confirming, std::move(body));
  if (end == ScopeEnd::Cancelled) note_leftovers();
  let_go();
  co_return leftovers_;
}

/// The rungs above KILL, until all has ended.
awaitable<void> LocalProcess::climb_down() {
  Task& task = task_of(co_await asio::this_coro::executor);
  for (const StopRung& rung : ladder_.rungs) {
    if (rung.signal == "KILL" || gone() || task.scope().seen_level() == CancelLevel::Kill) co_return;
    ScopeOptions options;
    options.limit = rung.wait;
    options.shield = Shield::UntilKill;
    CancelScope grace(options);
    auto body = [this, &rung]() -> awaitable<void> {
      co_await signal(signal_number(rung.signal));
      co_await wait_gone();
    };
    (void)co_await with_cancel_scope(grace, std::move(body));  // what has not ended gets the next rung
  }
}

bool LocalProcess::gone() { return lost_ ? !lost_->alive() : line_.gone(); }

awaitable<void> LocalProcess::signal(int number) {
  line_.hear();
  if (line_.lost()) {
    co_await take_over();
    lost_->signal(number);
  } else {
    line_.send(KeeperRequest{KeeperRequestKind::Signal, number});
  }
}

void LocalProcess::kill() {
  killing_ = true;
  line_.send(KeeperRequest{KeeperRequestKind::Kill, 0});
  ::kill(keeper_.pid(), SIGCONT);  // somebody may have stopped it
  kill_what_was_lost();
}

void LocalProcess::kill_what_was_lost() {
  if (!lost_) return;
  if (!cgroup_.empty()) kill_cgroup(cgroups_, cgroup_);
  lost_->kill();
}

/// The keeper was killed; its children are ours as soon as it is a zombie.
awaitable<void> LocalProcess::take_over() {
  co_await keeper_.wait_ended();
  if (!lost_) lost_.emplace(keeper_.pid(), leader_);
}

awaitable<void> LocalProcess::wait_gone() {
  while (!line_.gone() && !line_.lost()) co_await line_.wait();
  if (line_.gone()) co_return;
  co_await take_over();
  while (lost_->alive()) {
    if (killing_) kill_what_was_lost();
    co_await reaper_.child_ended().wait("what a killed keeper has left to end");
  }
}

/// Until nothing is left, the keeper included.
awaitable<void> LocalProcess::confirm() {
  co_await wait_gone();
  co_await keeper_.wait_ended();
  keeper_.reap();
  // Nobody else does it now.
  if (lost_ && !cgroup_.empty()) remove_cgroup(cgroups_, cgroup_);
}

void LocalProcess::note_leftovers() {
  std::string why = "still there " + format_duration(ladder_.confirm_limit) + " after SIGKILL";
  if (line_.refused()) why = "it belongs to another user and may not be signalled";
  std::vector<Descendant> tree;
  if (lost_) {
    tree = lost_->tree();
  } else {
    add_children_of(keeper_.pid(), tree);
    add_descendants(tree);
  }
  std::set<pid_t> groups;
  for (const Descendant& one : tree) {
    const auto stat = process_stat(one.pid);
    if (stat && stat->alive()) groups.insert(stat->group);
  }
  if (groups.empty()) groups.insert(leader_.value_or(keeper_.pid()));
  for (const pid_t group : groups) leftovers_.push_back(Leftover{"", std::to_string(group), command_, why});
}

void LocalProcess::let_go() {
  over_ = true;
  line_.close();
  reaper_.release(keeper_.pid());
  if (leader_) reaper_.release(*leader_);
}

}  // namespace orchestrator
