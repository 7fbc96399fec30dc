#include "orchestrator/engine/engine.hpp"

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>

#include "orchestrator/run/exit_code.hpp"
#include "tests/support/run_test.hpp"
#include "tests/support/task_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

/// Jobs "a", "b", ... whose sync takes ten seconds.
class FakeJobSource final : public JobSource {
 public:
  explicit FakeJobSource(unsigned runs_at_once) {
    config_.orchestrator.runs_at_once = runs_at_once;
    for (const char* name : {"a", "b", "c", "d"}) config_.jobs.emplace_back().name = name;
  }
  [[nodiscard]] const Config& config() const override { return config_; }
  [[nodiscard]] std::chrono::system_clock::time_point loaded() const override { return {}; }
  [[nodiscard]] std::vector<std::unique_ptr<Job>> make_items(const JobConfig& job) const override {
    auto item = std::make_unique<FakeJob>(job.name);
    item->on_sync = [](JobContext& context) -> awaitable<void> {
      Progress progress;
      progress.fraction = 0.5;
      context.progress(std::move(progress));
      co_await sleep_for(10s);
    };
    std::vector<std::unique_ptr<Job>> items;
    items.push_back(std::move(item));
    return items;
  }
  [[nodiscard]] Hosts& hosts() override { return hosts_; }

 private:
  Config config_;
  FakeHosts hosts_;
};

/// Notes "new a", "a syncing", "ended a succeeded 0", with the seconds that have passed.
class NotingWatcher final : public EngineWatcher {
 public:
  explicit NotingWatcher(const VirtualLoop& loop) : loop_(loop) {}
  void run_new(EngineRun& run) override { note("new " + run.order().job); }
  void run_ended(EngineRun& run) override {
    note("ended " + run.order().job + " " + std::string(to_string(run.result()->state)));
  }
  void run_progressed(EngineRun& run) override {
    if (run.view().items().front().progress.fraction) ++progressed;
  }
  void run_forgotten(const std::string&) override { ++forgotten; }

  Strings notes;
  unsigned progressed = 0;
  unsigned forgotten = 0;

 private:
  void note(const std::string& what) { notes.push_back(std::to_string(loop_.ms().count() / 1000) + ": " + what); }
  const VirtualLoop& loop_;
};

/// Calls a function at the end of a run, when its turn has not been given to another yet.
class AtTheEnd final : public RunFollower {
 public:
  explicit AtTheEnd(std::function<void()> function) : function_(std::move(function)) {}
  void run_ended(const RunResult&) override { function_(); }

 private:
  std::function<void()> function_;
};

class TheEngine : public testing::Test {
 protected:
  // `body` is an awaitable<void>(Engine&).
  template <class Body>
  void with_engine(Body body) {
    auto everything = [&]() -> awaitable<void> {
      auto runs = [&](TaskGroup& group) -> awaitable<void> {
        Engine engine(setup_, source_, loop_.loop().clock(), group);
        engine.watch(watcher_);
        co_await body(engine);
        co_await engine.wait_idle();
      };
      [[maybe_unused]] const std::vector<TaskOutcome> outcomes = co_await with_supervisor(std::move(runs));
    };
    loop_.run(std::move(everything));
  }
  static RunOrder order(const std::string& job, const std::string& token = {}) {
    RunOrder order;
    order.job = job;
    order.token = token;
    return order;
  }
  static RefusalKind refusal_of(Engine& engine, RunOrder order) {
    try {
      engine.start(std::move(order));
    } catch (const Refused& refused) {
      return refused.kind();
    }
    ADD_FAILURE() << "was not refused";
    return RefusalKind::Stopping;
  }

  VirtualLoop loop_;
  NotingWatcher watcher_{loop_};
  EngineSetup setup_;
  std::shared_ptr<FakeJobSource> source_ = std::make_shared<FakeJobSource>(2U);
};

TEST_F(TheEngine, RunsAsManyAtOnceAsItMayAndTheOthersAfterThem) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c", "d"}) engine.start(order(job));
    co_await sleep_for(1s);
    EXPECT_EQ(engine.running(), 2U);
    EXPECT_EQ(engine.queued(), 2U);
    EXPECT_EQ(engine.runs().back()->view().state(), RunState::Queued);
  });
  EXPECT_THAT(watcher_.notes, ElementsAre("0: new a", "0: new b", "0: new c", "0: new d", "10: ended a succeeded",
                                          "10: ended b succeeded", "20: ended c succeeded", "20: ended d succeeded"));
}

TEST_F(TheEngine, RefusesAJobThatRunsAndSaysWhichRunHasIt) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    const EngineRun& first_run = engine.start(order("a"));
    try {
      engine.start(order("a"));
      ADD_FAILURE() << "two runs of one job";
    } catch (const Refused& refused) {
      EXPECT_EQ(refused.kind(), RefusalKind::Busy);
      EXPECT_THAT(refused.what(), HasSubstr("job 'a' is running already: held by run " + first_run.id()));
    }
    RunOrder dry = order("a");
    dry.options.dry_run = true;
    EXPECT_FALSE(engine.start(std::move(dry)).ended()) << "a dry run is in nobody's way";
    co_return;
  });
}

TEST_F(TheEngine, GivesTheSameRunForTheSameToken) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    const EngineRun* run = &engine.start(order("a", "token"));
    EXPECT_EQ(&engine.start(order("a", "token")), run);
    EXPECT_EQ(refusal_of(engine, order("b", "token")), RefusalKind::InvalidArgument);
    RunOrder of_another = order("a", "token");
    of_another.owner = 4711;
    EXPECT_EQ(refusal_of(engine, std::move(of_another)), RefusalKind::Busy) << "tokens are their owner's";
    co_return;
  });
}

TEST_F(TheEngine, RefusesWhatItDoesNotKnowAndWhatIsTooMuch) {
  setup_.limits.queued = 1;
  with_engine([&](Engine& engine) -> awaitable<void> {
    EXPECT_EQ(refusal_of(engine, order("x")), RefusalKind::NoSuchJob);
    EXPECT_EQ(refusal_of(engine, order("a", std::string(200, 'x'))), RefusalKind::InvalidArgument);
    engine.start(order("a"));
    EXPECT_EQ(refusal_of(engine, order("b")), RefusalKind::QueueFull);
    co_return;
  });
}

TEST_F(TheEngine, CancelsARunThatWaitsForItsTurn) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c"}) engine.start(order(job));
    co_await sleep_for(1s);
    engine.runs().back()->cancel(because("enough"), CancelLevel::Stop);
    co_await sleep_for(1s);
    EXPECT_EQ(engine.queued(), 0U);
    EXPECT_EQ(exit_code(*engine.runs().back()->result()), kExitCancelled);
  });
}

TEST_F(TheEngine, GivesNoTurnsThatAreNotFree) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c", "d"}) engine.start(order(job));
    co_await sleep_for(1s);
    engine.runs().at(2)->cancel(because("enough"), CancelLevel::Stop);
    co_await sleep_for(1s);
    EXPECT_TRUE(engine.runs().at(2)->ended());
    EXPECT_EQ(engine.running(), 2U) << "the end of a run that never had a turn gives none";
    EXPECT_EQ(engine.queued(), 1U);
  });
  EXPECT_EQ(watcher_.notes.back(), "20: ended d succeeded");
}

TEST_F(TheEngine, LetsNobodyOvertakeThoseWhoWait) {
  source_ = std::make_shared<FakeJobSource>(1U);
  with_engine([&](Engine& engine) -> awaitable<void> {
    EngineRun& first = engine.start(order("a"));
    engine.start(order("b"));
    first.follow(std::make_unique<AtTheEnd>([&engine] { engine.start(order("c")); }));
    co_await engine.wait_idle();
  });
  EXPECT_THAT(watcher_.notes, testing::IsSupersetOf({"20: ended b succeeded", "30: ended c succeeded"}));
}

TEST_F(TheEngine, LetsMoreRunWhenMoreMay) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c", "d"}) engine.start(order(job));
    co_await sleep_for(1s);
    engine.use(std::make_shared<FakeJobSource>(3U));
    co_await sleep_for(1s);
    EXPECT_EQ(engine.running(), 3U);
  });
  EXPECT_THAT(watcher_.notes, testing::IsSupersetOf({"11: ended c succeeded", "20: ended d succeeded"}));
}

TEST_F(TheEngine, StopsEverythingAndTakesNothingMore) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c"}) engine.start(order(job));
    co_await sleep_for(1s);
    CancelReason reason;
    reason.cause = CancelCause::Shutdown;
    engine.stop(reason, CancelLevel::Stop);
    EXPECT_EQ(refusal_of(engine, order("d")), RefusalKind::Stopping);
    co_await engine.wait_idle();
    EXPECT_EQ(loop_.ms(), 1s);
  });
  for (const std::size_t end : {3U, 4U, 5U}) EXPECT_THAT(watcher_.notes.at(end), HasSubstr("cancelled"));
}

TEST_F(TheEngine, KeepsTheNewestRunsThatHaveEnded) {
  setup_.limits.kept = 2;
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c"}) {
      engine.start(order(job));
      co_await engine.wait_idle();
    }
    EXPECT_EQ(engine.runs().size(), 2U);
    EXPECT_EQ(engine.runs().front()->order().job, "b");
  });
  EXPECT_EQ(watcher_.forgotten, 1U);
}

TEST_F(TheEngine, ReloadsWithoutTouchingTheRunsThatGoOn) {
  std::weak_ptr<FakeJobSource> old = source_;
  with_engine([&](Engine& engine) -> awaitable<void> {
    for (const char* job : {"a", "b", "c"}) engine.start(order(job));
    co_await sleep_for(1s);
    source_.reset();
    engine.use(std::make_shared<FakeJobSource>(3U));
    co_await sleep_for(1s);
    EXPECT_EQ(engine.running(), 3U) << "one more may run now";
    EXPECT_FALSE(old.expired());
    co_await engine.wait_idle();
    EXPECT_TRUE(old.expired());
  });
}

class NotingFollower final : public RunFollower {
 public:
  explicit NotingFollower(Strings& notes) : notes_(notes) {}
  ~NotingFollower() override { notes_.emplace_back("let go"); }
  void run_began(const std::string&, const std::string& job, const std::vector<std::string>&) override {
    notes_.push_back("began " + job);
  }
  void state_changed(RunState state) override { notes_.emplace_back(to_string(state)); }
  void item_progress(const std::string& item, const Progress& progress) override {
    if (progress.fraction) notes_.push_back(item + " half");
  }
  void run_ended(const RunResult& result) override { notes_.push_back("result " + std::string(to_string(result.state))); }

 private:
  Strings& notes_;
};

TEST_F(TheEngine, TellsAFollowerWhoComesLateHowThingsStand) {
  Strings during;
  Strings after;
  with_engine([&](Engine& engine) -> awaitable<void> {
    EngineRun& run = engine.start(order("a"));
    co_await sleep_for(5s);
    run.follow(std::make_unique<NotingFollower>(during));
    co_await engine.wait_idle();
    run.follow(std::make_unique<NotingFollower>(after));
  });
  EXPECT_THAT(during, ElementsAre("began a", "syncing", "a half", "post_sync", "succeeded", "result succeeded", "let go"));
  EXPECT_THAT(after, ElementsAre("began a", "succeeded", "result succeeded", "let go"));
  EXPECT_GT(watcher_.progressed, 0U);
}

TEST_F(TheEngine, IsWaitedForUntilTheMachineIsAwakeButNotUntilItIsUpAgain) {
  with_engine([&](Engine& engine) -> awaitable<void> {
    co_await engine.wait_until_awake();
    engine.pause(CancelReason{CancelCause::Shutdown, "the machine is about to shut down"}, CancelLevel::Stop);
    co_await engine.wait_until_awake();
    EXPECT_EQ(loop_.ms(), 0ms);
    EXPECT_EQ(refusal_of(engine, order("a")), RefusalKind::Stopping);
    engine.pause(CancelReason{CancelCause::Sleep, "the machine is about to sleep"}, CancelLevel::Stop);
    auto body = [&](TaskGroup& group) -> awaitable<void> {
      group.spawn("sleeper", [&]() -> awaitable<void> {
        co_await sleep_for(3s);
        engine.resume();
      });
      co_await engine.wait_until_awake();
      EXPECT_EQ(loop_.ms(), 3s);
      engine.start(order("a"));
    };
    co_await with_task_group(std::move(body));
  });
  EXPECT_THAT(watcher_.notes, ElementsAre("3: new a", "13: ended a succeeded"));
}

struct NoWatcher final : EngineRun::Watcher {
  void state_of(EngineRun&) override {}
};

TEST_F(TheEngine, TellsTheEndOnceToEverybodyWhenItIsStillBeingWrittenDown) {
  Strings early;
  Strings late;
  with_engine([&](Engine&) -> awaitable<void> {
    Task& task = task_of(co_await asio::this_coro::executor);
    NoWatcher watcher;
    EngineRun run("id", order("a"), nullptr, task.clock(), watcher);
    RunResult result;
    result.state = RunState::Cancelled;
    run.follow(std::make_unique<NotingFollower>(early));
    run.run_ended(result);
    run.follow(std::make_unique<NotingFollower>(late));
    run.settle(std::move(result));
  });
  EXPECT_EQ(std::count(early.begin(), early.end(), "result cancelled"), 1);
  EXPECT_EQ(std::count(late.begin(), late.end(), "result cancelled"), 1);
}

}  // namespace
}  // namespace orchestrator::test
