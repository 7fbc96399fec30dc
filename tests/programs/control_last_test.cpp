#include <gmock/gmock.h>

#include "programs/control/views.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

const std::chrono::system_clock::time_point kNow{std::chrono::hours(500000)};

RunRow ended_run(const std::string& id, const std::string& state, std::chrono::seconds ago, int code) {
  RunRow row;
  row.id = id;
  row.job = "srv";
  row.state = state;
  row.ended = kNow - ago;
  row.began = row.ended - 12s;
  row.exit_code = code;
  return row;
}

TEST(TheLastRun, IsGoodWhenItSucceededAndIsNotTooOld) {
  LastRuns runs;
  runs.ended = runs.succeeded = ended_run("a", "succeeded", 3h, 0);
  const Verdict verdict = verdict_on("srv", runs, 26h, kNow);
  EXPECT_EQ(verdict.code, 0);
  EXPECT_THAT(verdict.text, AllOf(StartsWith("OK: srv: last success 3 h"), HasSubstr("took 12 s"),
                                  HasSubstr("| age=10800s;;93600;0 exit=0")));
}

TEST(TheLastRun, IsOfNowWhenTheClockWasPutBackSince) {
  LastRuns runs;
  runs.ended = runs.succeeded = ended_run("a", "succeeded", -48h, 0);
  EXPECT_THAT(verdict_on("srv", runs, 26h, kNow).text, AllOf(HasSubstr("last success 0 s ago"), HasSubstr("| age=0s")));
}

TEST(TheLastRun, IsBadWhenItIsTooOld) {
  LastRuns runs;
  runs.ended = runs.succeeded = ended_run("a", "succeeded", 27h, 0);
  const Verdict verdict = verdict_on("srv", runs, 26h, kNow);
  EXPECT_EQ(verdict.code, 2);
  EXPECT_THAT(verdict.text, AllOf(StartsWith("CRITICAL: "), HasSubstr("more than")));
  EXPECT_EQ(verdict_on("srv", runs, std::nullopt, kNow).code, 0);
}

TEST(TheLastRun, IsBadWhenItFailedWhateverWasBefore) {
  LastRuns runs;
  runs.ended = ended_run("b", "failed", 1h, 1);
  runs.succeeded = ended_run("a", "succeeded", 3h, 0);
  const Verdict verdict = verdict_on("srv", runs, 26h, kNow);
  EXPECT_EQ(verdict.code, 2);
  EXPECT_THAT(verdict.text, AllOf(HasSubstr("failed 1 h"), HasSubstr("exit code 1; last success 3 h")));
  runs.succeeded.reset();
  EXPECT_THAT(verdict_on("srv", runs, 26h, kNow).text, HasSubstr("it has never succeeded"));
}

TEST(TheLastRun, IsAWarningWhenItSucceededWithAnExitCode) {
  LastRuns runs;
  runs.ended = runs.succeeded = ended_run("a", "succeeded", 3h, 1);
  EXPECT_EQ(verdict_on("srv", runs, 26h, kNow).code, 1);
}

TEST(TheLastRun, IsNotKnownWhenThereIsNone) {
  const Verdict verdict = verdict_on("srv", {}, 26h, kNow);
  EXPECT_EQ(verdict.code, 3);
  EXPECT_THAT(verdict.text, StartsWith("UNKNOWN: "));
}

}  // namespace
}  // namespace orchestrator::test
