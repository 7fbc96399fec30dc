#include "orchestrator/process/reap.hpp"

#include <gtest/gtest.h>

#include "orchestrator/process/proc.hpp"
#include "orchestrator/random_id.hpp"
#include "tests/orchestrator/process/local_fixture.hpp"

namespace orchestrator {
namespace {

using test::shell;

// Other tests run at the same time.
const std::string kCookie = random_id() + ".00000001";

/// Commands that are looked for by what they left behind. Each says "ready" when it has set itself up.
class Reap : public test::LocalTest {
 protected:
  /// \param reap gets the trace of the command, which is ready, and gives the one to reap by.
  template <class Reap>
  std::vector<Leftover> reap(const std::string& script, Reap reap_by) {
    Command command = shell(script);
    command.environment[std::string(kCommandCookie)] = kCookie;
    std::vector<Leftover> left;
    auto body = [&](Process& process) -> awaitable<void> {
      std::vector<char> buffer(100);
      (void)co_await process.output().read_some(buffer);
      ProcessTrace trace = reap_by(process.trace());
      left = co_await host_.reap(std::move(trace), ladder());
      ended_ = ended(process);
    };
    auto work = [&]() -> awaitable<void> { return with_process(host_, std::move(command), {}, std::move(body)); };
    loop_.run(std::move(work));
    return left;
  }

  static bool ended(const Process& process) {
    const std::optional<ProcStat> stat = read_proc_stat(std::stoi(process.trace().group));
    return !stat || !stat->lives();
  }

  static StopLadder ladder() {
    StopLadder ladder;
    ladder.rungs.assign({StopRung{"TERM", std::chrono::milliseconds(200)}, StopRung{"KILL", {}}});
    return ladder;
  }

  /// Living processes with the cookie.
  static std::size_t carriers() {
    std::size_t count = 0;
    for (const pid_t pid : all_processes()) {
      const std::optional<ProcStat> stat = read_proc_stat(pid);
      if (stat && stat->lives() && has_in_environment(pid, std::string(kCommandCookie) + "=" + kCookie)) ++count;
    }
    return count;
  }

  bool ended_ = false;
};

TEST_F(Reap, FindsByItsCookieWhatLeftTheGroupAndIgnoresTerm) {
  const auto by_cookie = [](const ProcessTrace&) {
    ProcessTrace trace;
    trace.cookie = kCookie;
    return trace;
  };
  const auto left = reap("trap '' TERM; setsid sleep 1000 & sleep 1000 & echo ready; wait", by_cookie);
  EXPECT_TRUE(left.empty());
  EXPECT_TRUE(ended_);
  EXPECT_EQ(carriers(), 0U);
}

TEST_F(Reap, FindsByItsGroupWhatHasNoCookie) {
  const auto by_group = [](ProcessTrace trace) {
    trace.cookie.clear();
    return trace;
  };
  EXPECT_TRUE(reap("sleep 1000 & echo ready; sleep 1000", by_group).empty());
  EXPECT_TRUE(ended_);
  EXPECT_EQ(carriers(), 0U);
}

TEST_F(Reap, LetsAStoppedProcessHearTheSignal) {
  const auto by_cookie = [](ProcessTrace trace) {
    ::kill(std::stoi(trace.group), SIGSTOP);
    return trace;
  };
  EXPECT_TRUE(reap("trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done", by_cookie).empty());
  EXPECT_TRUE(ended_);
}

TEST_F(Reap, NeverSignalsARecycledId) {
  const auto recycled = [](ProcessTrace trace) {
    trace.cookie = "0123456789abcdef0123456789abcdef.00000002";
    trace.start_time = std::to_string(std::stoull(trace.start_time) + 1);
    return trace;
  };
  EXPECT_TRUE(reap("echo ready; exec sleep 1000", recycled).empty());
  EXPECT_FALSE(ended_);
}

TEST_F(Reap, AGroupWithoutABootIsNobodys) {
  const auto unknown = [](ProcessTrace trace) {
    trace.cookie.clear();
    trace.boot_id.clear();
    return trace;
  };
  EXPECT_TRUE(reap("echo ready; exec sleep 1000", unknown).empty());
  EXPECT_FALSE(ended_);
}

TEST_F(Reap, ACommandOfAnotherBootIsGone) {
  const auto of_another_boot = [](ProcessTrace trace) {
    trace.boot_id = "00000000-0000-0000-0000-000000000000";
    return trace;
  };
  EXPECT_TRUE(reap("echo ready; exec sleep 1000", of_another_boot).empty());
  EXPECT_FALSE(ended_);
}

TEST_F(Reap, TakesACookieAsAWhole) {
  const auto a_part = [](const ProcessTrace&) {
    ProcessTrace trace;
    trace.cookie = kCookie.substr(0, 40);
    return trace;
  };
  EXPECT_TRUE(reap("echo ready; exec sleep 1000", a_part).empty());
  EXPECT_FALSE(ended_);
}

TEST_F(Reap, SparesPidOne) {
  auto body = [this]() -> awaitable<void> {
    ProcessTrace trace;
    trace.boot_id = read_boot_id();
    trace.group = "1";
    trace.start_time = read_proc_stat(1)->start_time;
    const std::vector<Leftover> left = co_await host_.reap(std::move(trace), ladder());
    EXPECT_TRUE(left.empty());
  };
  loop_.run(std::move(body));
}

}  // namespace
}  // namespace orchestrator
