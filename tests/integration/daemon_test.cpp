// The daemon on a private bus, with real jobs.
#include "tests/integration/daemon_test.hpp"

#include <csignal>
#include <poll.h>

#include "tests/support/service_manager.hpp"

namespace orchestrator::test {

namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kBoundMs = 60'000;

/// \return false at the end.
bool read_events(const Descriptor& events, std::string& text) {
  pollfd ready{events.get(), POLLIN, 0};
  if (::poll(&ready, 1, kBoundMs) != 1) throw std::runtime_error("no event came; so far: " + text);
  char buffer[65536];
  const ssize_t count = ::read(events.get(), buffer, sizeof buffer);
  if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

DaemonTest::DaemonTest() { environment_["DBUS_SESSION_BUS_ADDRESS"] = bus_.address(); }

// In good order, so that nothing of its runs is left when the fixtures below look.
DaemonTest::~DaemonTest() {
  if (!daemon_) return;
  daemon_->signal(SIGCONT);
  [[maybe_unused]] const ProgramEnd end = end_daemon();
}

void DaemonTest::configure_jobs() const {
  configure("[jobs.quick]\ntype = \"command\"\ncommand = [\"true\"]\n"
            "[jobs.slow]\ntype = \"command\"\nshell = \"echo begun; sleep 3600; : " + folder().string() + "\"\n"
            "[jobs.broken]\ntype = \"command\"\nshell = \"echo oops >&2; exit 3\"\n");
}

void DaemonTest::start_daemon(std::vector<std::string> arguments) {
  arguments.emplace_back("--user");
  daemon_ = std::make_unique<ProgramRun>(options(std::move(arguments)));
  if (!daemon_->wait_for("serving ")) throw std::runtime_error("no daemon: " + daemon_->errors());
}

ProgramEnd DaemonTest::end_daemon() {
  daemon_->signal(SIGTERM);
  ProgramEnd end = daemon_->wait();
  daemon_.reset();
  return end;
}

std::string DaemonTest::told_until_the_end(BusClient& client, const std::string& run) {
  const Descriptor events = client.follow(run);
  std::string text;
  while (read_events(events, text)) {
  }
  return text;
}

void DaemonTest::wait_for_event(const Descriptor& events, const std::string& text) {
  std::string told;
  while (told.find(text) == std::string::npos) {
    if (!read_events(events, told)) throw std::runtime_error("'" + text + "' never came: " + told);
  }
}

namespace {

class TheDaemon : public DaemonTest {
 protected:
  void SetUp() override { configure_jobs(); }

  // The run is in its sync, and its command has begun.
  std::string start_slow_run(BusClient& client) {
    const std::string run = client.run_job("slow");
    wait_for_event(client.follow(run), "begun");
    return run;
  }
};

TEST_F(TheDaemon, RunsAJobAndTellsAllOfIt) {
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = client.run_job("quick");
  const std::string told = told_until_the_end(client, run);
  EXPECT_THAT(told, AllOf(HasSubstr("\"type\":\"state\""), HasSubstr("\"type\":\"result\",\"run\":\"" + run + "\"")));
  const RunRow row = client.run("quick");
  EXPECT_EQ(row.id, run);
  EXPECT_EQ(row.state, "succeeded");
  EXPECT_EQ(row.exit_code, 0);
  EXPECT_EQ(client.run(run.substr(0, 8)).id, run);
  EXPECT_EQ(client.run("latest").id, run);
  EXPECT_THAT(client.details(run), HasSubstr("\"exit_code\":0"));
  EXPECT_EQ(client.jobs().size(), 3U);
  EXPECT_THAT(client.task_tree(), HasSubstr("bus"));
  EXPECT_EQ(end_daemon().code, 0);
}

TEST_F(TheDaemon, RefusesWhatTheOneShotWouldRefuseWithTheSameWords) {
  start_daemon();
  BusClient client(BusKind::User);
  start_slow_run(client);
  try {
    (void)client.run_job("slow");
    ADD_FAILURE() << "two runs of one job";
  } catch (const ClientError& error) {
    EXPECT_EQ(error.name(), "Busy");
    EXPECT_THAT(error.what(), HasSubstr("job 'slow' is running already: held by run "));
  }
  try {
    (void)client.run_job("slwo");
    ADD_FAILURE() << "there is no such job";
  } catch (const ClientError& error) {
    EXPECT_EQ(error.name(), "NoSuchJob");
    EXPECT_THAT(error.what(), HasSubstr("there is no job 'slwo' in the configuration, did you mean 'slow'?"));
  }
  const ProgramEnd once = run({"--once", "slow"});
  EXPECT_EQ(once.code, 4) << "a one-shot of the same user sees the daemon's locks";
}

TEST_F(TheDaemon, GivesTheSameRunForTheSameToken) {
  start_daemon();
  BusClient client(BusKind::User);
  RunWish wish;
  wish.token = "0815";
  const std::string run = client.run_job("slow", wish);
  EXPECT_EQ(client.run_job("slow", wish), run);
  EXPECT_EQ(refusal([&] { (void)client.run_job("quick", wish); }), "InvalidArgument");
}

TEST_F(TheDaemon, CancelsARunAndLeavesNothing) {
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = start_slow_run(client);
  client.cancel("slow", "stop");
  EXPECT_THAT(told_until_the_end(client, run), AllOf(HasSubstr("\"type\":\"result\""), HasSubstr("\"state\":\"cancelled\""),
                                                     HasSubstr("\"leftovers\":[]")));
  EXPECT_EQ(client.run(run).exit_code, 8);
  client.cancel(run, "kill");  // of what is over: no error, and no effect
  EXPECT_EQ(client.run(run).state, "cancelled");
}

TEST_F(TheDaemon, LetsTwoClientsFollowTheSameRun) {
  start_daemon();
  BusClient one(BusKind::User);
  BusClient other(BusKind::User);
  const std::string run = one.run_job("slow");
  const Descriptor first_view = one.follow(run);
  wait_for_event(first_view, "begun");
  EXPECT_EQ(other.run("slow").state, "syncing");
  other.cancel(run, "stop");
  EXPECT_THAT(told_until_the_end(other, run), HasSubstr("\"state\":\"cancelled\""));
  wait_for_event(first_view, "\"type\":\"result\"");
}

TEST_F(TheDaemon, GoesOnWithARunWhoseClientHasGone) {
  start_daemon();
  std::string run;
  {
    BusClient client(BusKind::User);
    run = start_slow_run(client);
  }
  BusClient another(BusKind::User);
  EXPECT_EQ(another.run(run).state, "syncing");
}

TEST_F(TheDaemon, ReadsAGoodConfigurationAgainAndRefusesABadOneWhole) {
  start_daemon();
  BusClient client(BusKind::User);
  configure("[jobs.other]\ntype = \"command\"\ncommand = [\"true\"]\n");
  client.reload();
  ASSERT_EQ(client.jobs().size(), 1U);
  EXPECT_EQ(client.jobs().front().name, "other");
  configure("[jobs.other]\ntype = \"command\"\ncomand = [\"true\"]\n[jobs.x]\ntype = \"nothing\"\n");
  try {
    client.reload();
    ADD_FAILURE() << "there are mistakes in it";
  } catch (const ClientError& error) {
    EXPECT_EQ(error.name(), "Configuration");
    EXPECT_THAT(error.what(), AllOf(HasSubstr("did you mean 'command'"), HasSubstr("\n")));
  }
  EXPECT_EQ(client.jobs().front().name, "other");
}

TEST_F(TheDaemon, ReadsItAgainAtAHangup) {
  start_daemon();
  configure("[jobs.other]\ntype = \"command\"\ncommand = [\"true\"]\n");
  daemon().signal(SIGHUP);
  ASSERT_TRUE(daemon().wait_for("read the configuration again: 1 job"));
  configure("nonsense");
  daemon().signal(SIGHUP);
  ASSERT_TRUE(daemon().wait_for("the configuration stays as it was"));
  BusClient client(BusKind::User);
  EXPECT_EQ(client.jobs().front().name, "other");
}

TEST_F(TheDaemon, EndsAllRunsWhenItIsToldToEnd) {
  const ServiceManager manager;
  environment_["NOTIFY_SOCKET"] = manager.path();
  start_daemon();
  BusClient client(BusKind::User);
  const std::string run = client.run_job("slow");
  const Descriptor events = client.follow(run);
  wait_for_event(events, "begun");
  const ProgramEnd end = end_daemon();
  EXPECT_EQ(end.code, 0) << end.errors;
  EXPECT_THAT(end.errors, HasSubstr("nothing left here"));
  wait_for_event(events, "\"type\":\"result\"");  // who follows hears the end
  EXPECT_THAT(processes_that_mention(folder()), IsEmpty());
  EXPECT_THAT(manager.heard(), AllOf(Contains("READY=1"), Contains("STATUS=idle"), Contains("STATUS=1 run: slow"),
                                     Contains("STOPPING=1")));
  EXPECT_THAT(std::filesystem::directory_iterator(folder() / "state" / "instances"),
              testing::Eq(std::filesystem::directory_iterator()));
}

TEST_F(TheDaemon, KeepsItsRunsWhenTheBusGoesAndComesBackWithIt) {
  start_daemon();
  std::string run;
  {
    BusClient client(BusKind::User);
    run = start_slow_run(client);
  }
  bus_.kill();
  ASSERT_TRUE(daemon().wait_for("lost the user's bus"));
  bus_.start();
  ASSERT_TRUE(daemon().wait_for("back on the user's bus"));
  BusClient client(BusKind::User);
  EXPECT_EQ(client.run("slow").id, run);
  EXPECT_EQ(client.run(run).state, "syncing");
  client.cancel(run, "stop");
  EXPECT_THAT(told_until_the_end(client, run), HasSubstr("\"state\":\"cancelled\""));
}

TEST_F(TheDaemon, FinishesWhatAKilledOneHasLeft) {
  start_daemon();
  std::string run;
  {
    BusClient client(BusKind::User);
    run = start_slow_run(client);
  }
  daemon().signal(SIGKILL);
  EXPECT_EQ(daemon().wait().signal, SIGKILL);
  start_daemon();
  ASSERT_TRUE(daemon().wait_for("interrupted"));
  BusClient client(BusKind::User);
  EXPECT_EQ(client.run(run).state, "interrupted");
  EXPECT_THAT(client.reconcile(""), HasSubstr("\"type\":\"reconciled\""));
  EXPECT_EQ(refusal([&] { (void)client.reconcile("nowhere"); }), "InvalidArgument");
  EXPECT_THAT(processes_that_mention("sleep 3600; : " + folder().string()), IsEmpty());
}

TEST_F(TheDaemon, SaysWhenThereIsNoBus) {
  bus_.kill();
  const ProgramEnd end = run({"--user"});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.errors, HasSubstr("cannot connect to the user's bus"));
  bus_.start();
}

TEST_F(TheDaemon, DoesNotStartWithAConfigurationThatHasMistakes) {
  configure("[jobs.x]\ntype = \"nothing\"\n");
  const ProgramEnd end = run({"--user"});
  EXPECT_EQ(end.code, 2);
  EXPECT_THAT(end.errors, HasSubstr("nothing"));
}

TEST_F(TheDaemon, IsAloneOnItsBus) {
  start_daemon();
  const ProgramEnd second = run({"--user"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.errors, HasSubstr("cannot take the name 'org.orchestratord.Orchestrator1'"));
}

TEST_F(TheDaemon, ShowsTheLogOfARunThatItDoesNotKnowAnyMore) {
  start_daemon();
  std::string run;
  {
    BusClient client(BusKind::User);
    run = client.run_job("broken");
    (void)told_until_the_end(client, run);
  }
  (void)end_daemon();
  start_daemon();
  BusClient client(BusKind::User);
  EXPECT_EQ(client.run(run).exit_code, 1);
  EXPECT_THAT(client.details("broken"), AllOf(HasSubstr("run_ended"), HasSubstr("oops")));
  std::string log;
  const Descriptor file = client.open_log("broken");
  while (read_events(file, log)) {
  }
  EXPECT_THAT(log, HasSubstr("\"run\":\"" + run + "\""));
}

TEST_F(TheDaemon, WritesItsLogToAFileToo) {
  const std::filesystem::path file = folder() / "daemon.log";
  start_daemon({"--log", file});
  std::string run;
  {
    BusClient client(BusKind::User);
    run = client.run_job("broken");
    (void)told_until_the_end(client, run);
  }
  std::filesystem::rename(file, folder() / "daemon.log.1");
  daemon().signal(SIGHUP);
  ASSERT_TRUE(daemon().wait_for("read the configuration again"));
  (void)end_daemon();
  EXPECT_THAT(read_file(folder() / "daemon.log.1"),
              AllOf(HasSubstr("\"run\":\"" + run + "\",\"job\":\"broken\",\"phase\":\"sync\""), HasSubstr("oops")));
  EXPECT_THAT(read_file(file), AllOf(HasSubstr("read the configuration again"), HasSubstr("SIGTERM")));
}

TEST_F(TheDaemon, DoesNotBeginWithoutTheLogThatItShallWrite) {
  const ProgramEnd end = run({"--user", "--log", folder() / "nowhere/log"});
  EXPECT_EQ(end.code, 1);
  EXPECT_THAT(end.errors, HasSubstr("cannot open the log"));
}

}  // namespace
}  // namespace orchestrator::test
