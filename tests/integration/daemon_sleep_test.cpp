// The machine sleeps or shuts down while runs go on.
#include <future>

#include "tests/integration/daemon_test.hpp"
#include "tests/support/mock_logind.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ADaemonOnAMachineThatSleeps : public DaemonTest {
 protected:
  ADaemonOnAMachineThatSleeps() { environment_["DBUS_SYSTEM_BUS_ADDRESS"] = bus_.address(); }

  void SetUp() override { configure_jobs(); }

  // With its command there.
  static std::string start_run(BusClient& client, const std::string& job) {
    const std::string run = client.run_job(job);
    wait_for_event(client.follow(run), "begun");
    return run;
  }

  EnvironmentVariable system_address_{"DBUS_SYSTEM_BUS_ADDRESS", bus_.address()};
};

TEST_F(ADaemonOnAMachineThatSleeps, HoldsUpSleepAndShutdownAsLongAsRunsGoOn) {
  MockLogind logind(5s);
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = start_run(client, "slow");
  const TakenLock sleep = logind.wait_taken();
  const TakenLock shutdown = logind.wait_taken();
  EXPECT_EQ(sleep.words, "sleep orchestratord runs of sync jobs: slow delay");
  EXPECT_EQ(shutdown.words, "shutdown orchestratord runs of sync jobs: slow delay");
  client.cancel(run, "stop");
  sleep.wait_given_back();
  shutdown.wait_given_back();
  EXPECT_EQ(logind.taken(), 2U);
}

TEST_F(ADaemonOnAMachineThatSleeps, EndsItsRunsBeforeThatAndTakesNewOnesAfterwards) {
  MockLogind logind(60s);
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = start_run(client, "slow");
  const TakenLock lock = logind.wait_taken();
  logind.prepare("PrepareForSleep", true);
  EXPECT_THAT(told_until_the_end(client, run), AllOf(HasSubstr("the machine is about to sleep"), HasSubstr("\"exit_code\":8")));
  lock.wait_given_back();
  EXPECT_EQ(client.run(run).state, "cancelled");
  // As a timer does that came due meanwhile: before logind says that it is over.
  auto asked = std::async(std::launch::async, [] { return BusClient(BusKind::User).run_job("quick"); });
  EXPECT_EQ(asked.wait_for(300ms), std::future_status::timeout);
  logind.prepare("PrepareForSleep", false);
  EXPECT_THAT(told_until_the_end(client, asked.get()), HasSubstr("\"exit_code\":0"));
  ASSERT_TRUE(daemon().wait_for("runs are taken again"));
}

TEST_F(ADaemonOnAMachineThatSleeps, RefusesRunsBeforeAShutdown) {
  MockLogind logind(60s);
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = start_run(client, "slow");
  const TakenLock lock = logind.wait_taken();
  logind.prepare("PrepareForShutdown", true);
  EXPECT_THAT(told_until_the_end(client, run), HasSubstr("the machine is about to shut down"));
  lock.wait_given_back();
  EXPECT_EQ(refusal([&] { (void)client.run_job("quick"); }), "Stopping");
}

TEST_F(ADaemonOnAMachineThatSleeps, GivesNoGraceToThoseThatTakeHalfOfTheTimeThereIs) {
  configure("[jobs.stubborn]\ntype = \"command\"\nstop = [\"TERM\", \"1h\", \"KILL\"]\n"
            "shell = \"trap '' TERM; echo begun; while :; do sleep 3600; done\"\n");
  MockLogind logind(400ms);
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = start_run(client, "stubborn");
  [[maybe_unused]] const TakenLock sleep = logind.wait_taken();
  const TakenLock lock = logind.wait_taken();
  logind.prepare("PrepareForShutdown", true);
  EXPECT_THAT(told_until_the_end(client, run),
              AllOf(HasSubstr("the machine is about to shut down"), HasSubstr("\"leftovers\":[]")));
  lock.wait_given_back();
}

TEST_F(ADaemonOnAMachineThatSleeps, DoesWithoutLogind) {
  start_daemon();
  BusClient client(BusKind::User);
  EXPECT_THAT(told_until_the_end(client, client.run_job("quick")), HasSubstr("\"exit_code\":0"));
  EXPECT_THAT(end_daemon().errors, Not(HasSubstr("logind")));
}

}  // namespace
}  // namespace orchestrator::test
