#include "orchestrator/config/effective.hpp"

#include <gtest/gtest.h>

#include "tests/support/config_fixtures.hpp"

namespace orchestrator::test {
namespace {

const char* const kText = R"([orchestrator]
concurrency = 12
[defaults]
timeout = "90m"
[hosts."nas.lan"]
address = "nas.lan"
passphrase = "hunter2"
[jobs.b]
type = "command"
command = ["echo", "a \"b\"\n\\ \u0001"]
token = "${env:TOKEN}"
host = "nas.lan"
environment = { "A.B" = "x" }
[jobs.a]
type = "copy"
description = "a to b"
source = "/a"
target = "nas.lan:/b"
keep_free = "10GiB"
)";

TEST(PrintEffective, ShowsEveryValueAndWhereItComesFrom) {
  EXPECT_EQ(print_effective(check_text(kText)), R"([disk]
preflight_minimum = "20%"  # default
warning_threshold = "25%"  # default
runtime_minimum = "15%"  # default
check_interval = "30s"  # default
on_unknown = "continue"  # default
state_reserve = "64MiB"  # default

[orchestrator]  # test.toml:1:1
concurrency = 12
runs_at_once = 4  # default

[hosts."nas.lan"]  # test.toml:5:1
address = "nas.lan"
port = 22  # default
user = "alice"  # default
passphrase = "***"
known_hosts = "/home/alice/.ssh/known_hosts"  # default
connect_timeout = "10s"  # default
heartbeat = { every = "5s", misses = 3 }  # default
max_sessions = 10  # default
forced_command = "none"  # default
sudo = false  # default
if_unreachable = "fail"  # default

[jobs.b]  # test.toml:8:1
type = "command"
description = ""  # default
timeout = "1h30m"  # from [defaults]
stop = ["TERM", "5s", "KILL"]  # default
overlap = "skip"  # default
concurrency = 12  # from [orchestrator]
on_item_failure = "continue"  # default
host = "nas.lan"
command = ["echo", "a \"b\"\n\\ \u0001"]
token = "${env:TOKEN}"
environment = { "A.B" = "***" }
ok_exit_codes = [0]  # default

[jobs.a]  # test.toml:14:1
type = "copy"
description = "a to b"
timeout = "1h30m"  # from [defaults]
stop = ["TERM", "5s", "KILL"]  # default
overlap = "skip"  # default
concurrency = 12  # from [orchestrator]
on_item_failure = "continue"  # default
source = ["/a"]
target = "nas.lan:/b"
delete = false  # default
keep_free = "10GiB"
sample = "10%"  # default
)");
}

// Values only, without the notes on where they come from.
std::string without_notes(const std::string& text) {
  std::string result;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    const std::string line = text.substr(start, end - start);
    result += line.substr(0, line.rfind("  # ")) + "\n";
    start = end + 1;
  }
  return result;
}

TEST(PrintEffective, IsAConfigurationThatMeansTheSame) {
  const std::string once = print_effective(check_text(kText));
  const std::string twice = print_effective(check_text(once));
  EXPECT_EQ(without_notes(twice), without_notes(once));
}

TEST(ListJobs, KeepsTheOrderOfTheFile) {
  EXPECT_EQ(list_jobs(check_text(kText)),
            (std::vector<JobListing>{{"b", "command", ""}, {"a", "copy", "a to b"}}));
}

}  // namespace
}  // namespace orchestrator::test
