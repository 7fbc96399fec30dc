// many_runs KEEPERS_FOLDER CONFIG run      each job of CONFIG once, asked for one right after the other, until all have ended
// many_runs KEEPERS_FOLDER CONFIG cancel   the same jobs, which say "up"; cancelled when all have; until all have ended
//
// In one engine, with ledger and store, as the daemon has it. "longest_ms": how long the loop was held at most.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include "jobs/job_types.hpp"
#include "monitors/monitors.hpp"
#include "orchestrator/engine/engine.hpp"
#include "orchestrator/tasks/wait_queue.hpp"
#include "programs/inspect.hpp"
#include "programs/loaded_jobs.hpp"
#include "programs/records.hpp"
#include "tests/benchmarks/stopwatch.hpp"
#include "tests/support/loop_watch.hpp"

namespace {

using namespace orchestrator;

constexpr std::size_t kMostRuns = 10000;

/// How many runs have told that their command is there, and how many have failed.
struct Tally {
  std::size_t up = 0;
  std::size_t failed = 0;
  WaitQueue changed{};
};

class Follower final : public RunFollower {
 public:
  explicit Follower(Tally& tally) : tally_(tally) {}
  void log_line(const LogLine& line) override {
    if (line.text != "up") return;
    ++tally_.up;
    tally_.changed.wake_all();
  }
  void run_ended(const RunResult& result) override {
    if (result.state == RunState::Failed) ++tally_.failed;
  }

 private:
  Tally& tally_;
};

class ManyRuns {
 public:
  ManyRuns(Loop& loop, std::filesystem::path state, LoadOptions options)
      : loop_(loop),
        state_(std::move(state)),
        options_(std::move(options)),
        config_(load_checked(types_, options_)),
        records_{SqliteRunStore(run_store_file(state_)), begin_instance(state_)} {}

  awaitable<void> live(bool cancels) {
    auto connected = [&](TaskGroup& connections) -> awaitable<void> {
      LocalProbe disks(loop_.io());
      source_ = std::make_shared<LoadedJobs>(loop_, types_, options_, std::move(config_), connections);
      auto supervised = [&](TaskGroup& runs) -> awaitable<void> { return serve(runs, disks, cancels); };
      [[maybe_unused]] const std::vector<TaskOutcome> outcomes = co_await with_supervisor(std::move(supervised));
      source_.reset();
      co_await disks.close();
    };
    co_await with_task_group(std::move(connected));
    co_await forget_instance(records_);
  }

  bench::Stopwatch watch{};

 private:
  awaitable<void> serve(TaskGroup& runs, LocalProbe& disks, bool cancels) {
    EngineSetup setup;
    setup.state_directory = state_;
    setup.output = &output_;
    setup.store = &records_.store;
    setup.instance = records_.instance->id();
    setup.monitors = make_monitors(disks);
    setup.limits.queued = kMostRuns;
    Engine engine(std::move(setup), source_, loop_.clock(), runs);
    watch.restart();
    co_await ask_for_all(engine);
    if (cancels) {
      while (tally_.up < source_->config().jobs.size()) co_await tally_.changed.wait("all commands");
      watch.restart();
      engine.stop(CancelReason(), CancelLevel::Stop);
    }
    co_await engine.wait_idle();
    watch.stop();
    if (tally_.failed > 0) std::abort();
  }

  // Each request has a turn of its own, as those of clients have.
  awaitable<void> ask_for_all(Engine& engine) {
    auto ask = [&](TaskGroup& group) -> awaitable<void> {
      for (const JobConfig& job : source_->config().jobs) {
        group.spawn("request", [this, &engine, &job]() -> awaitable<void> {
          RunOrder order;
          order.job = job.name;
          engine.start(std::move(order)).follow(std::make_unique<Follower>(tally_));
          co_return;
        });
      }
      co_return;
    };
    co_await with_task_group(std::move(ask));
  }

  Loop& loop_;
  std::filesystem::path state_;
  LoadOptions options_;
  std::vector<JobType> types_ = job_types();
  Config config_;  // read before the loop turns, as the daemon does
  Records records_;
  OutputQueue output_;
  Tally tally_;
  std::shared_ptr<LoadedJobs> source_;
};

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  ::setenv("ORCHESTRATOR_LIBEXEC", words[1], 1);
  const std::filesystem::path state = "/tmp/orchestratord-bench-" + std::to_string(::getpid());
  std::filesystem::create_directory(state);
  LoadOptions options;
  options.config_file = words[2];
  test::LoopWatch loop_watch;
  auto drive = [&loop_watch](Loop& turned) { loop_watch.drive(turned); };
  Loop loop(drive);
  {
    ManyRuns runs(loop, state, std::move(options));
    auto work = [&]() -> awaitable<void> { return runs.live(std::string(words[3]) == "cancel"); };
    loop.run("benchmark", std::move(work));
    runs.watch.add("longest_ms", std::chrono::duration<double, std::milli>(loop_watch.longest()).count());
    runs.watch.print();
  }
  std::filesystem::remove_all(state);
  return 0;
}
