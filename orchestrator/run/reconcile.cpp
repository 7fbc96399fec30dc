#include "orchestrator/run/reconcile.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "orchestrator/run/instance.hpp"
#include "orchestrator/tasks/run_blocking.hpp"

namespace orchestrator {

namespace {

/// What shows of an id that has 32 digits.
constexpr std::size_t kShownId = 8;

bool has_nothing_to_find_it_by(const ProcessTrace& trace) { return trace.cookie.empty() && trace.group.empty(); }

std::string place(const std::string& host) { return host.empty() ? "here" : "on '" + host + "'"; }

/// The work of `reconcile`.
class Reconciliation {
 public:
  Reconciliation(ReconcileSetup setup, std::optional<std::string> host)
      : setup_(std::move(setup)), host_(std::move(host)) {}

  awaitable<Reconciled> run() {
    co_await take_instances();
    co_await interrupt_runs();
    co_await reap_commands();
    co_await forget_instances();
    co_return std::move(outcome_);
  }

 private:
  [[nodiscard]] bool is_wanted(const std::string& host) const { return !host_ || *host_ == host; }

  /// Becomes responsible for all dead ones that the store knows.
  awaitable<void> take_instances() {
    runs_ = co_await setup_.store.open_runs(setup_.instance);
    std::set<std::string> known;
    for (const StoredRun& run : runs_) known.insert(run.instance);
    known.erase(setup_.instance);
    if (known.empty()) co_return;
    auto take = [directory = setup_.state_directory, known] {
      auto taken = std::make_shared<std::map<std::string, Instance>>();
      for (const std::string& id : known) {
        if (std::optional<Instance> dead = take_dead_instance(directory, id)) taken->emplace(id, std::move(*dead));
      }
      return taken;
    };
    instances_ = co_await run_blocking(std::move(take));
    // Another one may have been at them until now.
    runs_ = co_await setup_.store.open_runs(setup_.instance);
    const auto is_ours = [this](const StoredRun& run) {
      return run.instance == setup_.instance || instances_->contains(run.instance);
    };
    std::erase_if(runs_, [&is_ours](const StoredRun& run) { return !is_ours(run); });
  }

  awaitable<void> interrupt_runs() {
    for (const StoredRun& run : runs_) {
      if (run.has_ended()) continue;
      std::string state(to_string(RunState::Interrupted));
      co_await setup_.store.end_run(run.id, std::move(state), std::chrono::system_clock::now(), "{}");
      outcome_.interrupted.push_back(run);
    }
  }

  awaitable<void> reap_commands() {
    if (runs_.empty()) co_return;
    const std::vector<StoredCommand> commands = co_await setup_.store.open_commands();
    std::map<std::string, ReconciledHost> hosts;
    for (const StoredCommand& command : commands) {
      const auto of_it = [&command](const StoredRun& run) { return run.id == command.run; };
      if (std::none_of(runs_.begin(), runs_.end(), of_it)) continue;
      if (!is_wanted(command.host)) continue;
      ReconciledHost& host = hosts[command.host];
      host.host = command.host;
      host.commands.push_back(ReconciledCommand{command, {}});
    }
    for (auto& [name, host] : hosts) {
      co_await reap_host(host);
      outcome_.hosts.push_back(std::move(host));
    }
  }

  awaitable<void> reap_host(ReconciledHost& host) {
    for (ReconciledCommand& one : host.commands) {
      try {
        // What is known by nothing but its input ended with it, when its orchestrator died.
        if (!has_nothing_to_find_it_by(one.command.trace)) {
          one.left = co_await setup_.hosts.get(host.host).reap(one.command.trace, setup_.ladder);
        }
      } catch (const StoreError&) {
        throw;
      } catch (const Error& error) {
        host.problem = error.what();
        host.remedy = error.remedy();
      }
      if (!host.problem.empty()) co_return;
      for (Leftover& left : one.left) left.command = one.command.text;
      const CommandState state = one.left.empty() ? CommandState::Gone : CommandState::Left;
      co_await setup_.store.set_state(one.command.run, one.command.number, state);
    }
  }

  /// The files of those about whom there is nothing left to know, and of those who never had a row.
  awaitable<void> forget_instances() {
    auto list = [directory = setup_.state_directory] { return all_instances(directory); };
    std::vector<std::string> others = co_await run_blocking(std::move(list));
    std::erase(others, setup_.instance);
    if (others.empty()) co_return;
    std::set<std::string> needed;
    const std::vector<StoredRun> open = co_await setup_.store.open_runs(setup_.instance);
    for (const StoredRun& run : open) needed.insert(run.instance);
    auto forget = [directory = setup_.state_directory, needed, others, taken = instances_] {
      for (auto& [id, instance] : *taken) {
        if (!needed.contains(id)) instance.forget();
      }
      for (const std::string& id : others) {
        if (needed.contains(id) || taken->contains(id)) continue;
        if (std::optional<Instance> dead = take_dead_instance(directory, id)) dead->forget();
      }
    };
    co_await run_blocking(std::move(forget));
  }

  ReconcileSetup setup_;
  std::optional<std::string> host_;
  std::shared_ptr<std::map<std::string, Instance>> instances_ = std::make_shared<std::map<std::string, Instance>>();
  std::vector<StoredRun> runs_;  // that we are responsible for
  Reconciled outcome_;
};

}  // namespace

bool ReconciledHost::all_gone() const {
  const auto is_left = [](const ReconciledCommand& one) { return !one.left.empty(); };
  return problem.empty() && std::none_of(commands.begin(), commands.end(), is_left);
}

bool Reconciled::all_gone() const {
  return std::all_of(hosts.begin(), hosts.end(), [](const ReconciledHost& host) { return host.all_gone(); });
}

awaitable<Reconciled> reconcile(ReconcileSetup setup, std::optional<std::string> host) {
  Reconciliation work(std::move(setup), std::move(host));
  Reconciled outcome = co_await work.run();
  co_return outcome;
}

std::vector<std::string> describe(const Reconciled& outcome) {
  std::vector<std::string> lines;
  for (const StoredRun& run : outcome.interrupted) {
    lines.push_back("run " + run.id + " of job '" + run.job + "' was interrupted: its orchestrator died");
  }
  for (const ReconciledHost& host : outcome.hosts) {
    if (!host.problem.empty()) {
      lines.push_back("cannot look for what dead runs left " + place(host.host) + ": " + host.problem);
    }
    for (const ReconciledCommand& one : host.commands) {
      const std::string what = "'" + one.command.text + "' of run " + one.command.run.substr(0, kShownId);
      for (const Leftover& left : one.left) {
        const std::string group = left.group.empty() ? "" : ", process group " + left.group;
        lines.push_back("still there " + place(host.host) + group + ": " + what + ": " + left.why);
      }
      if (host.problem.empty() && one.left.empty()) lines.push_back("gone " + place(host.host) + ": " + what);
    }
  }
  return lines;
}

}  // namespace orchestrator
