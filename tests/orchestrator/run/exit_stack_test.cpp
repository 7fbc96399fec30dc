#include "orchestrator/run/exit_code.hpp"
#include "tests/support/run_test.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

class ExitActions : public RunTest {
 protected:
  ExitActions() { setup().on_sync = step("sync", 10s); }

  /// The job; its `pre_sync` is to register actions.
  FakeJob& setup() {
    if (!fake_) fake_ = &add_item("a");
    return *fake_;
  }
  void register_in_pre_sync(std::function<void(JobContext&)> registration) {
    setup().on_pre_sync = [registration](JobContext& context) -> awaitable<void> {
      registration(context);
      co_return;
    };
  }
  [[nodiscard]] JobContext::ExitAction noting(const std::string& name, Duration takes = 0s) {
    return [this, name, takes](Ending ending) -> awaitable<void> {
      co_await sleep_for(takes);
      constexpr std::array names{"succeeded", "failed", "cancelled"};
      note(name + " after " + names.at(static_cast<std::size_t>(ending)));
    };
  }
  Strings errors() const {
    Strings all;
    for (const RunError& error : result.errors) all.push_back(error.message);
    return all;
  }

 private:
  FakeJob* fake_ = nullptr;
};

TEST_F(ExitActions, RunInReverseOrderAfterSuccess) {
  register_in_pre_sync([this](JobContext& context) {
    context.on_exit("one", noting("one"));
    context.on_failure("undo", noting("undo"));
    context.on_exit("two", noting("two"));
  });
  run();
  EXPECT_EQ(notes, (Strings{"sync", "two after succeeded", "one after succeeded"}));
}

TEST_F(ExitActions, UndoAfterFailure) {
  register_in_pre_sync([this](JobContext& context) {
    context.on_exit("one", noting("one"));
    context.on_failure("undo", noting("undo"));
  });
  setup().on_sync = failing("broken");
  run();
  EXPECT_EQ(notes, (Strings{"undo after failed", "one after failed"}));
}

TEST_F(ExitActions, RunShieldedAfterACancellation) {
  register_in_pre_sync([this](JobContext& context) { context.on_failure("undo", noting("undo", 3s)); });
  cancel_at(5s);
  run();
  EXPECT_EQ(notes, (Strings{"undo after cancelled"}));
  EXPECT_EQ(result.took, Duration(8s));
  EXPECT_EQ(result.cancel_took, Duration(3s));
}

TEST_F(ExitActions, AreThereForAnItemThatFailedAndNotForOneThatDidNot) {
  register_in_pre_sync([this](JobContext& context) { context.on_failure("undo a", noting("undo a")); });
  FakeJob& b = add_item("b");
  b.on_pre_sync = [this](JobContext& context) -> awaitable<void> {
    context.on_failure("undo b", noting("undo b"));
    co_return;
  };
  b.on_sync = failing("broken");
  run();
  EXPECT_EQ(notes, (Strings{"sync", "undo b after failed"}));
}

TEST_F(ExitActions, DoNotStopOneAnotherByFailing) {
  register_in_pre_sync([this](JobContext& context) {
    context.on_exit("one", noting("one"));
    context.on_exit("bad", [](Ending) -> awaitable<void> {
      co_await yield_now();
      throw Error("no permission");
    });
    context.on_exit("three", noting("three"));
  });
  run();
  EXPECT_EQ(notes, (Strings{"sync", "three after succeeded", "one after succeeded"}));
  EXPECT_EQ(errors(), (Strings{"cleanup 'bad': no permission"}));
  EXPECT_EQ(result.state, RunState::Failed) << "what is not tidy is no success";
}

TEST_F(ExitActions, HaveOneLimitTogetherAndAreNamedWhenItCutsThemOff) {
  options.cleanup_limit = 10s;
  register_in_pre_sync([this](JobContext& context) {
    context.on_exit("never begun", noting("never begun"));
    context.on_exit("cut off", noting("cut off", 60s));
    context.on_exit("in time", noting("in time", 4s));
  });
  run();
  EXPECT_EQ(notes, (Strings{"sync", "in time after succeeded"}));
  EXPECT_EQ(errors(), (Strings{"cleanup 'cut off': did not end within the limit of all cleanups",
                               "cleanup 'never begun': did not end within the limit of all cleanups"}));
  EXPECT_EQ(result.took, Duration(20s));
}

TEST_F(ExitActions, AreCutShortByKillButNotSkipped) {
  register_in_pre_sync([this](JobContext& context) {
    context.on_exit("long", noting("long", 25s));
    context.on_exit("short", noting("short", 1s));
  });
  cancel_at(5s);
  cancel_at(5s, CancelLevel::Kill);
  run();
  EXPECT_EQ(notes, (Strings{"short after cancelled"}));
  EXPECT_EQ(result.took, Duration(5s) + kKillLimit);
  EXPECT_EQ(result.errors.size(), 1U);
}

TEST_F(ExitActions, AreCutShortByAKillThatComesWhileTheyRun) {
  register_in_pre_sync([this](JobContext& context) { context.on_exit("long", noting("long", 25s)); });
  cancel_at(15s, CancelLevel::Kill);
  run();
  EXPECT_EQ(result.took, Duration(15s) + kKillLimit);
  EXPECT_EQ(result.state, RunState::Failed) << "the work was over, so it was not cancelled; its cleanup was";
}

TEST_F(ExitActions, MayRegisterFurtherOnes) {
  register_in_pre_sync([this](JobContext& context) {
    context.on_exit("first", [this, &context](Ending) -> awaitable<void> {
      context.on_exit("late", noting("late"));
      co_return;
    });
  });
  run();
  EXPECT_EQ(notes, (Strings{"sync", "late after succeeded"}));
}

}  // namespace
}  // namespace orchestrator::test
