#include "orchestrator/config/settings.hpp"

#include <gtest/gtest.h>

#include "orchestrator/config/error.hpp"
#include "tests/support/config_fixtures.hpp"

namespace orchestrator::test {
namespace {

using namespace std::chrono_literals;

// "TERM 5s KILL 0s", or what is wrong.
std::string ladder(const StringList& words) {
  try {
    std::string text;
    for (const StopRung& rung : parse_stop_ladder(words).rungs)
      text += rung.signal + " " +
              to_string(std::chrono::duration_cast<std::chrono::milliseconds>(rung.wait)) + " ";
    return text;
  } catch (const ParseError& error) {
    return error.what();
  }
}

TEST(StopLadder, IsSignalsWithWaitsBetween) {
  EXPECT_EQ(ladder({"TERM", "5s", "KILL"}), "TERM 5s KILL 0s ");
  EXPECT_EQ(ladder({"KILL"}), "KILL 0s ");
  EXPECT_EQ(ladder({"INT", "1m", "TERM", "500ms", "KILL"}), "INT 1m TERM 500ms KILL 0s ");
}

TEST(StopLadder, EndsWithKill) {
  for (const StringList& words : {StringList{},
                                  {"TERM"},
                                  {"TERM", "5s"},
                                  {"KILL", "5s", "KILL"},
                                  {"KILL", "5s", "TERM"},
                                  {"TERM", "KILL"},
                                  {"TERM", "0s", "KILL"},
                                  {"SIGTERM", "5s", "KILL"},
                                  {"15", "5s", "KILL"},
                                  {"STOP", "5s", "KILL"},
                                  {"5s", "TERM", "KILL"},
                                  {"TERM", "5", "KILL"},
                                  {""}})
    EXPECT_EQ(ladder(words).rfind("is not a stop ladder: ", 0), 0U) << ladder(words);
}

TEST(HostSettings, HaveTheDocumentedDefaults) {
  const Config config = check_text("[hosts.nas]\naddress = \"nas.lan\"\n");
  const HostSettings& host = config.hosts.at("nas");
  EXPECT_EQ(host.name, "nas");
  EXPECT_EQ(host.address, "nas.lan");
  EXPECT_EQ(host.port, 22);
  EXPECT_EQ(host.user, "alice");
  EXPECT_EQ(host.identity, std::nullopt);
  EXPECT_EQ(host.passphrase, std::nullopt);
  EXPECT_EQ(host.known_hosts, "/home/alice/.ssh/known_hosts");
  EXPECT_EQ(host.connect_timeout, 10s);
  EXPECT_EQ(host.heartbeat.every, 5s);
  EXPECT_EQ(host.heartbeat.misses, 3U);
  EXPECT_EQ(host.max_sessions, 10U);
  EXPECT_EQ(host.forced_command, ForcedCommand::None);
  EXPECT_FALSE(host.sudo);
  EXPECT_EQ(host.if_unreachable, IfUnreachable::Fail);
}

TEST(HostSettings, TakeEveryKey) {
  const Config config = check_text(R"([hosts.nas]
address = "192.0.2.1"
port = 2222
user = "backup"
identity = "~/keys/nas"
passphrase = "${file:/etc/pass}"
known_hosts = "/etc/known"
connect_timeout = "2s"
heartbeat = { every = "1s" }
max_sessions = 200
forced_command = "rrsync"
)");
  const HostSettings& host = config.hosts.at("nas");
  EXPECT_EQ(host.port, 2222);
  EXPECT_EQ(host.user, "backup");
  EXPECT_EQ(host.identity, "/home/alice/keys/nas");
  EXPECT_EQ(host.passphrase, "${file:/etc/pass}");
  EXPECT_EQ(host.known_hosts, "/etc/known");
  EXPECT_EQ(host.connect_timeout, 2s);
  EXPECT_EQ(host.heartbeat.every, 1s);
  EXPECT_EQ(host.heartbeat.misses, 3U);
  EXPECT_EQ(host.max_sessions, 200U);
  EXPECT_EQ(host.forced_command, ForcedCommand::Rrsync);
  EXPECT_EQ(host.table.where("port").line, 3U);
}

TEST(JobCommon, HasTheDocumentedDefaults) {
  const Config config = check_text("[jobs.a]\ntype = \"command\"\nshell = \"x\"\n");
  const JobCommon& job = config.jobs.at(0).common;
  EXPECT_EQ(job.description, "");
  EXPECT_EQ(job.timeout, std::nullopt);
  ASSERT_EQ(job.stop.rungs.size(), 2U);
  EXPECT_EQ(job.stop.rungs[0].wait, 5s);
  EXPECT_EQ(job.overlap, "skip");
  EXPECT_EQ(job.concurrency, 10U);
  EXPECT_EQ(job.on_item_failure, OnItemFailure::Continue);
}

TEST(JobCommon, TakesEveryKey) {
  const Config config = check_text(R"([jobs.a]
type = "command"
shell = "x"
description = "does x"
timeout = "1h30m"
stop = ["KILL"]
overlap = "skip"
concurrency = 1000
on_item_failure = "abort"
)");
  const JobCommon& job = config.jobs.at(0).common;
  EXPECT_EQ(job.description, "does x");
  EXPECT_EQ(job.timeout, 90min);
  EXPECT_EQ(job.stop.rungs.size(), 1U);
  EXPECT_EQ(job.concurrency, 1000U);
  EXPECT_EQ(job.on_item_failure, OnItemFailure::Abort);
}

TEST(DiskSettings, HaveTheDocumentedDefaults) {
  const Config config = check_text("[jobs.a]\ntype = \"command\"\nshell = \"x\"\n");
  const JobCommon& job = config.jobs.at(0).common;
  EXPECT_EQ(job.disk.preflight_minimum, Threshold(Percentage(20)));
  EXPECT_EQ(job.disk.warning_threshold, Threshold(Percentage(25)));
  EXPECT_EQ(job.disk.runtime_minimum, Threshold(Percentage(15)));
  EXPECT_EQ(job.disk.check_interval, 30s);
  EXPECT_EQ(job.disk.on_unknown, OnUnknown::Continue);
  EXPECT_EQ(job.disk.state_reserve, ByteSize(64 << 20));
  EXPECT_EQ(job.stall_timeout, std::nullopt);
}

TEST(DiskSettings, OfAJobComeBeforeThoseOfAll) {
  const Config config = check_text(R"([disk]
preflight_minimum = "30%"
runtime_minimum = "10GiB"
on_unknown = "cancel"
[defaults]
stall_timeout = "5m"
[jobs.a]
type = "command"
shell = "x"
[jobs.a.disk]
runtime_minimum = "5%"
check_interval = "5s"
on_unknown = "continue"
[jobs.b]
type = "command"
shell = "x"
stall_timeout = "1m"
)");
  const JobCommon& a = config.jobs.at(0).common;
  EXPECT_EQ(a.disk.preflight_minimum, Threshold(Percentage(30)));
  EXPECT_EQ(a.disk.runtime_minimum, Threshold(Percentage(5)));
  EXPECT_EQ(a.disk.check_interval, 5s);
  EXPECT_EQ(a.disk.on_unknown, OnUnknown::Continue);
  EXPECT_EQ(a.stall_timeout, 5min);
  const JobCommon& b = config.jobs.at(1).common;
  EXPECT_EQ(b.disk.runtime_minimum, Threshold(ByteSize(10ULL << 30)));
  EXPECT_EQ(b.disk.on_unknown, OnUnknown::Cancel);
  EXPECT_EQ(b.stall_timeout, 1min);
}

}  // namespace
}  // namespace orchestrator::test
