// local_commands KEEPERS_FOLDER contained|bare|posix_spawn COUNT: COUNT times /bin/true, one after the other; contained: with
// a keeper, and a row in the store before it and after it; posix_spawn: as one would write it without us.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "orchestrator/process/launch.hpp"
#include "orchestrator/process/local_host.hpp"
#include "orchestrator/process/run_process.hpp"
#include "orchestrator/random_id.hpp"
#include "orchestrator/run/ledger.hpp"
#include "orchestrator/run/tracked_host.hpp"
#include "orchestrator/store/sqlite_run_store.hpp"
#include "orchestrator/tasks/loop.hpp"
#include "tests/benchmarks/stopwatch.hpp"

namespace {

using namespace orchestrator;

void bare(int count) {
  LaunchSpec spec;
  spec.candidates.assign({"/bin/true"});
  spec.words.assign({"true"});
  for (int i = 0; i < count; ++i) {
    auto launched = launch(spec);
    ::waitpid(std::get<Launched>(launched).pid, nullptr, 0);
  }
}

void posix_spawn_loop(int count) {
  std::string name = "true";
  char* words[] = {name.data(), nullptr};
  for (int i = 0; i < count; ++i) {
    pid_t pid = 0;
    if (::posix_spawn(&pid, "/bin/true", nullptr, nullptr, words, environ) != 0) std::abort();
    ::waitpid(pid, nullptr, 0);
  }
}

awaitable<void> run_all(Host& host, int count) {
  for (int i = 0; i < count; ++i) {
    Command command;
    ArgumentVector program;
    program.words.assign({"/bin/true"});
    command.program = std::move(program);
    command.output = StreamUse::Null;
    command.errors = StreamUse::Null;
    (void)co_await run_process(host, std::move(command));
  }
}

awaitable<void> contained(Loop& loop, const std::filesystem::path& state, int count) {
  LocalHost local(loop, state);
  SqliteRunStore store(run_store_file(state));
  StoredRun run;
  run.id = random_id();
  run.job = "benchmark";
  const std::string id = run.id;
  co_await store.begin_run(std::move(run));
  RunHosts hosts(id);
  RunLedger::Hooks hooks;
  hooks.mask = [](std::string_view text) { return std::string(text); };
  hooks.warn = [](const std::string&) { std::abort(); };
  hooks.first_use = [](const std::string&) -> awaitable<void> { co_return; };
  RunLedger ledger(&store, id, std::move(hooks));
  TrackedHost host(local, hosts, ledger, [](LogLevel, const std::string&, const std::string&) {});
  co_await run_all(host, count);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const std::string how = arguments[2];
  const int number = std::atoi(arguments[3]);
  bench::Stopwatch watch;
  if (how == "bare") {
    bare(number);
  } else if (how == "posix_spawn") {
    posix_spawn_loop(number);
  } else {
    ::setenv("ORCHESTRATOR_LIBEXEC", arguments[1], 1);
    const std::filesystem::path state = "/tmp/orchestratord-bench-" + std::to_string(::getpid());
    std::filesystem::create_directory(state);
    Loop loop;
    auto work = [&]() -> awaitable<void> { return contained(loop, state, number); };
    watch.restart();
    loop.run("benchmark", std::move(work));
    std::filesystem::remove_all(state);
  }
  watch.stop();
  watch.print();
  return 0;
}
