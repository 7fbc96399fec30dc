// over_ssh CONFIG commands COUNT LIMIT        COUNT times `true` on one connection, LIMIT at once; how many were refused a channel
// over_ssh CONFIG logins COUNT                COUNT times a login and `true`, one after the other
// over_ssh CONFIG hosts COUNT                a login and `true` on each of 'bench-1' to 'bench-COUNT', all at once
// over_ssh CONFIG down|up MEBIBYTES           bytes through one channel
// over_ssh CONFIG cancel COUNT SECONDS        COUNT times `sleep SECONDS`, cancelled when all of them run
//
// "bare-commands", "bare-logins" and "bare-hosts": not contained. On the host 'bench' of CONFIG, where nothing else is said. The last line has what was measured, for tests/benchmarks/run.py.
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/config/config.hpp"
#include "orchestrator/config/section.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/tasks/limiter.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "orchestrator/tasks/scope.hpp"
#include "orchestrator/tasks/task_group.hpp"
#include "ssh/ssh_host.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace {

using namespace orchestrator;

constexpr std::size_t kPiece = 64UL * 1024;
/// A `true` that has not ended by then waits for a channel, and counts as refused.
constexpr Duration kPatience = std::chrono::seconds(10);

Command words(std::vector<std::string> list) {
  Command command;
  ArgumentVector program;
  program.words = std::move(list);
  command.program = std::move(program);
  command.output = StreamUse::Null;
  command.errors = StreamUse::Null;
  return command;
}

/// Exactly this goes over the line: what a host whose key is restricted gets.
Command raw(std::string text) {
  Command command = words({});
  command.program = RawShellString{std::move(text)};
  return command;
}

struct Errand {
  Config config;
  bool contained = true;
  std::vector<std::string> arguments;
  std::vector<int> numbers;  ///< the same ones
  bench::Stopwatch watch{};

  [[nodiscard]] HostSettings host(const std::string& name = "bench") const {
    HostSettings settings = config.hosts.at(name);
    if (!contained) settings.forced_command = ForcedCommand::Rrsync;
    return settings;
  }
  [[nodiscard]] Command command_true() const { return contained ? words({"true"}) : raw("true"); }
};

template <class Body>
awaitable<void> connected(HostSettings settings, Body body) {
  auto in_group = [&](TaskGroup& connections) -> awaitable<void> {
    SshHost host(settings, connections);
    co_await body(host);
    host.close();
  };
  co_await with_task_group(std::move(in_group));
}

awaitable<void> run_commands(Errand& errand, SshHost& host) {
  Limiter places("commands", static_cast<std::size_t>(errand.numbers.at(1)));
  int refused = 0;
  auto run_true = [&]() -> awaitable<void> {
    Command command = errand.command_true();
    const ProcessResult result = co_await run_process(host, std::move(command));
    if (!succeeded(result.status)) std::abort();
  };
  auto one = [&]() -> awaitable<void> {
    const LimiterSlot place = co_await places.acquire();
    try {
      const ScopeEnd end = co_await with_limit(kPatience, run_true);
      if (end == ScopeEnd::Cancelled) ++refused;
    } catch (const StartError& error) {
      if (error.failure() != StartFailure::NoResources) throw;
      ++refused;
    }
  };
  auto all = [&](TaskGroup& group) -> awaitable<void> {
    for (int i = 0; i < errand.numbers.at(0); ++i) group.spawn("command", one);
    co_return;
  };
  co_await with_task_group(std::move(all));
  errand.watch.add("refused", refused);
}

awaitable<void> commands(Errand& errand) {
  auto body = [&](SshHost& host) -> awaitable<void> { return run_commands(errand, host); };
  co_await connected(errand.host(), std::move(body));
}

awaitable<void> logins(Errand& errand) {
  for (int i = 0; i < errand.numbers.at(0); ++i) {
    auto body = [&errand](SshHost& host) -> awaitable<void> {
      Command command = errand.command_true();
      (void)co_await run_process(host, std::move(command));
    };
    co_await connected(errand.host(), std::move(body));
  }
}

awaitable<void> hosts(Errand& errand) {
  int logged_in = 0;
  auto use = [&](SshHost& host) -> awaitable<void> {
    Command command = errand.command_true();
    const ProcessResult result = co_await run_process(host, std::move(command));
    if (succeeded(result.status)) ++logged_in;
  };
  auto all = [&](TaskGroup& group) -> awaitable<void> {
    for (int i = 1; i <= errand.numbers.at(0); ++i) {
      const std::string name = "bench-" + std::to_string(i);
      group.spawn(name, [&errand, name, &use]() -> awaitable<void> { return connected(errand.host(name), use); });
    }
    co_return;
  };
  co_await with_task_group(std::move(all));
  errand.watch.stop();
  errand.watch.add("logged_in", logged_in);
}

awaitable<void> read_all(Process& process) {
  std::vector<char> buffer(kPiece);
  for (;;) {
    const std::size_t count = co_await process.output().read_some(buffer);
    if (count == 0) co_return;
  }
}

awaitable<void> down(Errand& errand) {
  auto body = [&](SshHost& host) -> awaitable<void> {
    Command command = words({"head", "-c", std::to_string(errand.numbers.at(0)) + "M", "/dev/zero"});
    command.output = StreamUse::Pipe;
    co_await with_process(host, std::move(command), nullptr, &read_all);
  };
  co_await connected(errand.host(), std::move(body));
}

awaitable<void> up(Errand& errand) {
  auto body = [&](SshHost& host) -> awaitable<void> {
    auto write_all = [&](Process& process) -> awaitable<void> {
      const std::string piece(kPiece, '\0');
      for (int i = 0; i < errand.numbers.at(0) * 16; ++i) {
        const bool taken = co_await process.input().write(piece);
        if (!taken) std::abort();
      }
      co_await process.input().close();
      (void)co_await process.wait();
    };
    Command command = words({"cat"});
    command.input = StreamUse::Pipe;
    co_await with_process(host, std::move(command), nullptr, std::move(write_all));
  };
  co_await connected(errand.host(), std::move(body));
}

awaitable<void> cancel_when_all_run(Errand& errand, SshHost& host) {
  int running = 0;
  CancelScope scope;
  auto one = [&]() -> awaitable<void> {
    auto body = [&](Process& process) -> awaitable<void> {
      if (++running == errand.numbers.at(0)) {
        errand.watch.restart();
        scope.cancel(CancelReason{});
      }
      (void)co_await process.wait();
    };
    auto left = [](const std::vector<Leftover>&) { std::abort(); };
    Command command = words({"sleep", errand.arguments.at(1)});
    co_await with_process(host, std::move(command), left, std::move(body));
  };
  auto all = [&](TaskGroup& group) -> awaitable<void> {
    for (int i = 0; i < errand.numbers.at(0); ++i) group.spawn("command", one);
    co_return;
  };
  auto work = [&]() -> awaitable<void> { co_await with_task_group(std::move(all)); };
  (void)co_await with_cancel_scope(scope, std::move(work));
  errand.watch.stop();
}

awaitable<void> cancel(Errand& errand) {
  auto body = [&](SshHost& host) -> awaitable<void> { return cancel_when_all_run(errand, host); };
  co_await connected(errand.host(), std::move(body));
}

}  // namespace

int main(int count, char** arguments) {
  using Work = awaitable<void> (*)(Errand&);
  const std::map<std::string, Work> works{{"commands", &commands}, {"logins", &logins}, {"hosts", &hosts},
                                          {"down", &down},         {"up", &up},         {"cancel", &cancel}};
  if (count < 4) return 2;
  const std::string bare = "bare-";
  std::string what = arguments[2];
  const bool contained = !what.starts_with(bare);
  if (!contained) what.erase(0, bare.size());
  if (!works.contains(what)) return 2;
  LoadOptions options;
  options.config_file = arguments[1];
  Errand errand{load_config(core_sections(), options), contained, {arguments + 3, arguments + count}, {}};
  for (const std::string& word : errand.arguments) errand.numbers.push_back(std::atoi(word.c_str()));
  Loop loop;
  auto work = [&]() -> awaitable<void> { return works.at(what)(errand); };
  loop.run("benchmark", std::move(work));
  errand.watch.print();
  return 0;
}
