#include <gtest/gtest.h>

#include "orchestrator/config/config.hpp"
#include "tests/support/config_fixtures.hpp"

namespace orchestrator::test {
namespace {

using Lines = std::vector<std::string>;

// The error of a job of type "command" that has `line` beside what it needs, without its position.
std::string command_error(const std::string& line) {
  const auto errors = errors_in("[jobs.a]\ntype = \"command\"\ncommand = [\"x\"]\n" + line + "\n");
  if (errors.empty()) return "accepted";
  if (errors.size() > 1) return "several errors";
  return errors[0].substr(errors[0].find(": ") + 2);
}

// The same for a job of type "copy".
std::string copy_error(const std::string& line) {
  const auto errors =
      errors_in("[jobs.a]\ntype = \"copy\"\nsource = \"/a\"\ntarget = \"/b\"\n" + line + "\n");
  if (errors.empty()) return "accepted";
  if (errors.size() > 1) return "several errors";
  return errors[0].substr(errors[0].find(": ") + 2);
}

// The same for a host.
std::string host_error(const std::string& line) {
  const auto errors = errors_in("[hosts.nas]\naddress = \"x\"\n" + line + "\n");
  if (errors.empty()) return "accepted";
  if (errors.size() > 1) return "several errors";
  return errors[0].substr(errors[0].find(": ") + 2);
}

TEST(ConfigErrors, ComeAllAtOnceWithPlaceKeyAndRemedy) {
  EXPECT_EQ(errors_in(R"([orchestrator]
concurrency = 0
runs_at_once = "4"
[host.nas]
address = "x"
[jobs.srv]
type = "copy"
sorce = "/srv/"
target = "nsa:/srv/"
delete = "yes"
[hosts.nas]
user = "bob"
)"),
            (Lines{"test.toml:2:15: orchestrator.concurrency: expected an integer from 1 to 1000, "
                   "got the integer 0",
                   "test.toml:3:16: orchestrator.runs_at_once: expected an integer from 1 to 1000, "
                   "got the string '4'",
                   "test.toml:4:2: host: unknown table, did you mean 'hosts'?",
                   "test.toml:6:1: jobs.srv.source: is missing: what is copied; write for example "
                   "source = \"/srv/\"",
                   "test.toml:8:1: jobs.srv.sorce: unknown key, did you mean 'source'?",
                   "test.toml:9:10: jobs.srv.target: there is no host 'nsa' in [hosts], did you "
                   "mean 'nas'? (~/.ssh/config is not read: a host needs a table [hosts.nsa] with "
                   "address, user, identity and known_hosts; a file here is written './nsa:/srv/')",
                   "test.toml:10:10: jobs.srv.delete: expected true or false, got the string 'yes'",
                   "test.toml:11:1: hosts.nas.address: is missing: name or IP address of the host; "
                   "write for example address = \"nas.lan\""}));
}

TEST(ConfigErrors, NameTheTypeThatIsExpected) {
  EXPECT_EQ(copy_error("delete = 1"), "jobs.a.delete: expected true or false, got the integer 1");
  EXPECT_EQ(copy_error("description = 1"),
            "jobs.a.description: expected a string, got the integer 1");
  EXPECT_EQ(copy_error("exclude = \"x\""),
            "jobs.a.exclude: expected a list of strings, got the string 'x'");
  EXPECT_EQ(copy_error("exclude = [\"x\", 1]"),
            "jobs.a.exclude: expected a string, got the integer 1");
  EXPECT_EQ(copy_error("timeout = 30"),
            "jobs.a.timeout: expected a duration of at least 1ms such as \"30s\", got the integer "
            "30");
  EXPECT_EQ(copy_error("timeout = \"30\""),
            "jobs.a.timeout: expected a duration of at least 1ms such as \"30s\": '30' is not a "
            "duration: it needs a unit: d, h, m, s or ms");
  EXPECT_EQ(copy_error("bandwidth_limit = \"5\""),
            "jobs.a.bandwidth_limit: expected a size from 1KiB to 1TiB such as \"10GiB\": '5' is "
            "not a size: it needs a unit, such as B, KiB, MiB, GiB, MB or GB");
  EXPECT_EQ(copy_error("keep_free = true"),
            "jobs.a.keep_free: expected a threshold such as \"20%\" or \"10GiB\", got true");
  EXPECT_EQ(copy_error("sample = 20"),
            "jobs.a.sample: expected a percentage such as \"20%\", got the integer 20");
  EXPECT_EQ(command_error("environment = [\"A=1\"]"),
            "jobs.a.environment: expected a table of strings, got a list");
  EXPECT_EQ(command_error("environment = { A = 1 }"),
            "jobs.a.environment.A: expected a string, got the integer 1");
  EXPECT_EQ(command_error("ok_exit_codes = 0"),
            "jobs.a.ok_exit_codes: expected a list of integers from 0 to 255, got the integer 0");
  EXPECT_EQ(host_error("heartbeat = \"5s\""),
            "hosts.nas.heartbeat: expected a table, got the string '5s'");
  EXPECT_EQ(host_error("port = 22.5"),
            "hosts.nas.port: expected an integer from 1 to 65535, got a number with a fraction");
}

TEST(ConfigErrors, NameTheRange) {
  EXPECT_EQ(host_error("port = 65536"),
            "hosts.nas.port: expected an integer from 1 to 65535, got the integer 65536");
  EXPECT_EQ(host_error("port = 65535"), "accepted");
  EXPECT_EQ(host_error("connect_timeout = \"2h\""),
            "hosts.nas.connect_timeout: expected a duration from 100ms to 1h such as \"30s\", got "
            "the string '2h'");
  EXPECT_EQ(copy_error("timeout = \"0s\""),
            "jobs.a.timeout: expected a duration of at least 1ms such as \"30s\", got the string "
            "'0s'");
  EXPECT_EQ(copy_error("bandwidth_limit = \"1B\""),
            "jobs.a.bandwidth_limit: expected a size from 1KiB to 1TiB such as \"10GiB\", got the "
            "string '1B'");
  EXPECT_EQ(command_error("ok_exit_codes = [0, 256]"),
            "jobs.a.ok_exit_codes: expected an integer from 0 to 255, got the integer 256");
}

TEST(ConfigErrors, NameTheChoices) {
  EXPECT_EQ(copy_error("on_item_failure = \"abrot\""),
            "jobs.a.on_item_failure: expected 'continue' or 'abort', got the string 'abrot', did "
            "you mean 'abort'?");
  EXPECT_EQ(errors_in("[jobs.a]\ntype = \"comand\"\nshell = \"x\"\nfoo = 1\n"),
            (Lines{"test.toml:2:8: jobs.a.type: expected 'copy' or 'command', got the string "
                   "'comand', did you mean 'command'?",
                   "test.toml:4:1: jobs.a.foo: unknown key"}));
  EXPECT_EQ(errors_in("[jobs.a]\nshell = \"x\"\n"),
            Lines{"test.toml:1:1: jobs.a.type: is missing: what the job does; write for example "
                  "type = \"rsync\""});
}

TEST(ConfigErrors, KnowKeysOfOtherPlaces) {
  EXPECT_EQ(copy_error("shell = \"x\""),
            "jobs.a.shell: unknown key, it is one of jobs of type 'command'");
  EXPECT_EQ(errors_in("[defaults]\ntype = \"copy\"\nsource = \"x\"\n"),
            (Lines{"test.toml:2:1: defaults.type: each job has its own, there is no default",
                   "test.toml:3:1: defaults.source: unknown key"}));
  EXPECT_EQ(errors_in("concurency = 3\nfoo = 1\n"),
            (Lines{"test.toml:1:1: concurency: stands outside of any table, did you mean "
                   "'concurrency' in [orchestrator]?",
                   "test.toml:2:1: foo: stands outside of any table"}));
}

TEST(ConfigErrors, ExplainNamesWithDots) {
  const auto errors = errors_in("[jobs.a.b]\ntype = \"command\"\nshell = \"x\"\n");
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(
      errors[1],
      "test.toml:1:9: jobs.a.b: unknown key; if the name has a dot, quote it: [jobs.\"a.b\"]");
  EXPECT_TRUE(errors_in("[jobs.\"a.b\"]\ntype = \"command\"\nshell = \"x\"\n").empty());
}

TEST(ConfigErrors, RefuseNamesThatAreNoNames) {
  for (const std::string name : {"Srv", "\"a b\"", "\"\"", "_a", "\"a/b\"", "\"..\""}) {
    const auto errors = errors_in("[jobs." + name + "]\ntype = \"command\"\nshell = \"x\"\n");
    ASSERT_EQ(errors.size(), 1U) << name;
    EXPECT_NE(errors[0].find("not a valid name: 1 to 64 of a-z, 0-9, '_', '.' and '-', the first a "
                             "letter or digit"),
              std::string::npos);
  }
  EXPECT_EQ(errors_in("[hosts.NAS]\naddress = \"x\"\n").size(), 1U);
}

TEST(ConfigErrors, RefuseTablesThatAreNone) {
  EXPECT_EQ(errors_in("jobs = 1\n"),
            Lines{"test.toml:1:8: jobs: expected a table, got the integer 1"});
  EXPECT_EQ(errors_in("[[jobs]]\ntype = \"x\"\n"),
            Lines{"test.toml:1:1: jobs: expected a table, got a list"});
  EXPECT_EQ(errors_in("[jobs]\na = 1\n"),
            Lines{"test.toml:2:1: jobs.a: expected a table [jobs.NAME], got the integer 1"});
  EXPECT_EQ(errors_in("[[orchestrator]]\n"),
            Lines{"test.toml:1:1: orchestrator: expected a table, got a list"});
}

TEST(ConfigErrors, WantExactlyOneOfAlternatives) {
  EXPECT_EQ(command_error("shell = \"x\""),
            "jobs.a.shell: cannot stand beside 'command' (line 3), one is enough");
  EXPECT_EQ(errors_in("[jobs.a]\ntype = \"command\"\n"),
            Lines{"test.toml:1:1: jobs.a: is missing: 'command' or 'shell'"});
}

TEST(ConfigErrors, IncludeThoseOfASectionsOwnCheck) {
  EXPECT_EQ(command_error("token = \"x\""), "jobs.a.token: needs a host");
  // It runs only on tables that are right so far.
  EXPECT_EQ(command_error("token = 1"), "jobs.a.token: expected a string, got the integer 1");
}

TEST(ConfigErrors, NeverShowTextOfSecretKeys) {
  EXPECT_EQ(command_error("token = [\"hunter2\"]"), "jobs.a.token: expected a string, got a list");
  EXPECT_EQ(host_error("passphrase = \"hunter2 ${nope:x}\"").find("hunter2"), std::string::npos);
  EXPECT_EQ(host_error("passphrase = \"hunter2\\u0000\""),
            "hosts.nas.passphrase: a string must not hold a NUL");
}

TEST(ConfigErrors, SayWhatThisVersionCannotDo) {
  EXPECT_EQ(copy_error("overlap = \"queue\""),
            "jobs.a.overlap: \"queue\" is not supported by this version");
  EXPECT_EQ(copy_error("overlap = { wait = \"10m\" }"),
            "jobs.a.overlap: a table is not supported by this version");
  EXPECT_EQ(copy_error("overlap = \"skip\""), "accepted");
  EXPECT_EQ(copy_error("schedule = { calendar = \"daily\" }"), "accepted");
  EXPECT_EQ(host_error("forced_command = \"other\""),
            "hosts.nas.forced_command: \"other\" is not supported by this version");
  EXPECT_EQ(host_error("forced_command = \"rrsync\""), "accepted");
  EXPECT_EQ(host_error("sudo = true"), "accepted");
  EXPECT_EQ(host_error("sudo = false"), "accepted");
}

TEST(ConfigErrors, SayWhatIsWrongWithACalendar) {
  EXPECT_EQ(copy_error("schedule = { calendar = \"Mon..Fry 02:30\" }"),
            "jobs.a.schedule.calendar: expected a calendar expression of systemd.time(7) such as \"daily\" or "
            "\"Mon..Fri 02:30\", got 'Mon..Fry 02:30': 'fry 02:30' stands where a day of the week is expected");
  EXPECT_EQ(copy_error("schedule = { persistent = true }"),
            "jobs.a.schedule.calendar: is missing: as in systemd.time(7): \"daily\", \"Mon..Fri 02:30\"; write for "
            "example calendar = \"daily\"");
  EXPECT_EQ(copy_error("schedule = { calendar = \"daily\", persistant = true }"),
            "jobs.a.schedule.persistant: unknown key, did you mean 'persistent'?");
  EXPECT_EQ(copy_error("schedule = \"daily\""), "jobs.a.schedule: expected a table, got the string 'daily'");
}

TEST(ConfigErrors, KnowEveryKeyOfTheDesign) {
  const auto errors = errors_in(R"([orchestrator]
concurrency  = 10
runs_at_once = 4
[disk]
preflight_minimum = "20%"
warning_threshold = "25%"
runtime_minimum   = "15%"
check_interval    = "30s"
[defaults]
timeout = "6h"
[hosts.nas]
address         = "nas.lan"
port            = 22
user            = "backup"
identity        = "/etc/orchestratord/keys/nas"
known_hosts     = "/etc/orchestratord/known_hosts"
connect_timeout = "10s"
heartbeat       = { every = "5s", misses = 3 }
forced_command  = "none"
sudo            = false
if_unreachable  = "fail"
[jobs.srv]
description = "nightly mirror of /srv"
type    = "command"
host    = "nas"
command = ["reindex", "--all"]
timeout = "2h"
stop    = ["TERM", "5s", "KILL"]
overlap = "skip"
schedule = { calendar = "*-*-* 02:30", randomized_delay = "15m", persistent = true }
run_as  = "www-data"
)");
  EXPECT_EQ(errors, Lines());
}

TEST(ConfigErrors, JudgeThresholdsOfDisks) {
  const auto disk_error = [](const std::string& line) {
    const Lines errors = errors_in("[disk]\n" + line + "\n");
    return errors.empty() ? "accepted" : errors.front();
  };
  for (const char* value : {"0%", "100%", "512B", "5kB", "5KB", "5MB", "5GB", "5TB", "5KiB", "5MiB", "10GiB", "5TiB"})
    EXPECT_EQ(disk_error(std::string("runtime_minimum = \"") + value + "\""), "accepted") << value;
  for (const char* value : {"", "20", "%", "101%", "-1%", "20.5%", "20 %", "10G", "10 GiB", "1,5GiB", "GiB", "20%%"})
    EXPECT_NE(disk_error(std::string("runtime_minimum = \"") + value + "\""), "accepted") << value;
  EXPECT_EQ(disk_error("runtime_minimum = 20"),
            "test.toml:2:19: disk.runtime_minimum: expected a threshold such as \"20%\" or \"10GiB\", got the integer 20");
  EXPECT_EQ(disk_error("check_interval = \"4s\"").substr(0, 35), "test.toml:2:18: disk.check_interval");
  EXPECT_NE(disk_error("check_interval = \"301s\""), "accepted");
  EXPECT_EQ(disk_error("check_interval = \"5s\""), "accepted");
  EXPECT_EQ(disk_error("check_interval = \"300s\""), "accepted");
  EXPECT_EQ(disk_error("on_unknwon = \"cancel\""),
            "test.toml:2:1: disk.on_unknwon: unknown key, did you mean 'on_unknown'?");
  EXPECT_EQ(copy_error("disk = { runtime_minimum = \"5\" }").substr(0, 28), "jobs.a.disk.runtime_minimum:");
  EXPECT_EQ(copy_error("disk = { runtime_minimum = \"5%\" }"), "accepted");
  EXPECT_NE(copy_error("stall_timeout = \"0s\""), "accepted");
}

TEST(ConfigErrors, StillJudgeWhatIsNotSupported) {
  EXPECT_EQ(copy_error("overlap = { wiat = \"10m\" }"), "several errors");
  EXPECT_EQ(copy_error("overlap = \"skipp\""),
            "jobs.a.overlap: expected 'skip', 'queue' or 'cancel_running' or a table such as { "
            "wait = ... }, got the string 'skipp', did you mean 'skip'?");
}

TEST(ConfigErrors, JudgePathsHostsAndReferences) {
  EXPECT_EQ(host_error("identity = \"keys/nas\""),
            "hosts.nas.identity: 'keys/nas' must be an absolute path or begin with '~/'");
  EXPECT_EQ(host_error("identity = \"~bob/key\""),
            "hosts.nas.identity: '~bob/key' must be an absolute path or begin with '~/'");
  EXPECT_EQ(host_error("identity = \"\""), "hosts.nas.identity: must not be empty");
  EXPECT_EQ(host_error("identity = \"${env:HOME}/key\""),
            "hosts.nas.identity: references such as ${env:NAME} are not possible in this key");
  EXPECT_EQ(command_error("host = \"nas\""),
            "jobs.a.host: there is no host 'nas' in [hosts] (~/.ssh/config is not read: a host "
            "needs a table [hosts.nas] with address, user, identity and known_hosts)");
  EXPECT_EQ(
      command_error("environment = { A = \"${env:}\" }"),
      "jobs.a.environment.A: at character 1: '${env:}' does not name an environment variable");
  EXPECT_EQ(errors_in("[jobs.a]\ntype = \"command\"\nshell = \"echo ${env:-x} ${HOME}\"\n"),
            Lines{});
  EXPECT_EQ(errors_in("[jobs.a]\ntype = \"copy\"\nsource = \"${env:SRC}:x\"\ntarget = \"/b\"\n"),
            Lines{});
}

TEST(ConfigErrors, JudgeAddressesAndUsers) {
  EXPECT_EQ(host_error("user = \"a b\""),
            "hosts.nas.user: must be one plain word, without blanks, '@', '/' or brackets");
  EXPECT_EQ(host_error("user = \"-oProxyCommand=x\""), "hosts.nas.user: must not begin with '-'");
  EXPECT_EQ(host_error("user = \"\""), "hosts.nas.user: must not be empty");
  EXPECT_EQ(errors_in("[hosts.nas]\naddress = \"[::1]\"\n").size(), 1U);
  EXPECT_EQ(errors_in("[hosts.nas]\naddress = \"::1\"\n"), Lines{});
}

TEST(ConfigErrors, JudgeStopLadders) {
  EXPECT_EQ(copy_error("stop = [\"TERM\", \"KILL\"]"),
            "jobs.a.stop: is not a stop ladder: 'KILL' stands where a wait is expected, as in "
            "[\"TERM\", \"5s\", \"KILL\"]");
}

}  // namespace
}  // namespace orchestrator::test
